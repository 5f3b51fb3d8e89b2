from datetime import date

import httpx

from schemas.catalogue import catalogue_on


class TestTheCatalogue:
    async def test_anybody_reads_what_is_sold(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/catalogue", headers={"Authorization": ""})
        assert answer.status_code == 200
        shown = answer.json()
        sold = catalogue_on(date(2026, 1, 15))
        assert (shown["version"], shown["on"], shown["vat_percent"]) == (sold.version, "2026-01-15", 22)
        assert {each["product"]: each["annual_cents"] for each in shown["products"]} == {
            name: product.annual_cents for name, product in sold.products.items()
        }
        documents = next(each for each in shown["products"] if each["product"] == "DOCUMENTS")
        assert (documents["requires"], documents["free_with"]) == ("E_INVOICING", "E_INVOICING")
        assert documents["names"] == {"it": "Documenti", "en": "Documents"}
        assert shown["channels"]["FIRST_PURCHASE"] == ["SITE"]

    async def test_another_day_shows_the_version_in_force_then(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/catalogue?on=2027-03-01")
        assert answer.json()["on"] == "2027-03-01"

    async def test_a_day_that_is_none_is_refused(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/catalogue?on=tomorrow")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "on")
