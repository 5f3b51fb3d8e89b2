"""What is a life made of? A few customers, what they ordered and paid, and what everybody answered."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx

from rehearsal.play.buyers import Buyer, Names
from rehearsal.play.carts import Body, cloudevent
from runtime.service import Fate
from schemas.terms import ROME
from tests.lives.four_services import FourServices
from tests.unit.memory_edge import OPERATOR, STOREFRONT


@dataclass(frozen=True)
class Placed:
    """An order as it was submitted."""

    body: Body
    owner: Buyer

    @property
    def order_id(self) -> str:
        return str(self.body["order_id"])


@dataclass
class Life:
    """Some customers before four services; each act is written down with its answer."""

    name: str
    begins: datetime
    people: list[Buyer] = field(init=False)
    orders: list[Placed] = field(default_factory=list)
    payments: list[Body] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = FourServices(self.begins, Random(self.name).choices(_FATES, _WEIGHTS, k=400).__getitem__)
        self.names = Names(self.name)
        first = self.names.buyer()
        second = self.names.buyer("VAT_HOLDER", tax_code=self.names.tax_code(), locale="en", email="studio@pec.it")
        third = self.names.buyer("ACCOUNTANT")
        same_firm = self.names.buyer(vat_number=first.body["vat_number"])
        self.people = [
            person.but(customer_id=f"c-{number}", name=f"Rossi {number}")
            for number, person in enumerate((first, second, third, same_firm), 1)
        ]
        self.people.append(self.people[0].but(vat_number=second.body["vat_number"]))  # c-1 orders for another firm

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    def tell(self, what: str) -> None:
        """Write down what was done."""
        self.history.append(f"{self.now.astimezone(ROME):%Y-%m-%d %H:%M:%S}  {what}")

    def fault(self, what: str) -> None:
        """Write down what must not be."""
        self.faults.append(what)
        self.tell(f"FAULT {what}")

    async def ask(
        self, service: str, method: str, path: str, body: Any = None, headers: Any = None, **more: Any
    ) -> httpx.Response | None:
        """Ask over HTTP, a storefront unless told otherwise; nobody answers while the service is away."""
        member = self.services[service]
        if member.is_away:
            return None
        answer = await member.http.request(method, path, json=body, headers=headers or STOREFRONT, **more)
        if answer.status_code >= 500:
            self.fault(f"{method} {path}: {in_words(answer)}")
        return answer

    async def operate(self, service: str, method: str, path: str, body: Any = None) -> httpx.Response | None:
        """Ask as an operator."""
        return await self.ask(service, method, path, body, OPERATOR)

    def write(self, event_type: str, customer_id: str, data: Body) -> None:
        """Append a message to intake."""
        identity = f"{event_type}-{len(self.history)}"
        message = cloudevent(event_type, identity, customer_id, data)
        self.services.write(customer_id, json.dumps(message).encode())

    def rows(self, service: str, table: str) -> list[Any]:
        """Return a table's rows, in the order of their keys."""
        kept = self.services[service].edge.store.contents.rows.get(table, {})
        return [kept[key] for key in sorted(kept, key=str)]


def in_words(answer: httpx.Response | None) -> str:
    """Say in a few words what was answered."""
    if answer is None:
        return "away"
    if not answer.headers.get("content-type", "").endswith("json"):
        return str(answer.status_code)
    body = answer.json()
    codes = " ".join(each["code"] for each in body.get("violations", []))
    return " ".join(
        str(word) for word in (answer.status_code, body.get("code") or body.get("status") or "", codes) if word
    )


_FATES = (Fate.SENT, Fate.FAILED, Fate.IN_DOUBT)
_WEIGHTS = (16, 1, 1)
