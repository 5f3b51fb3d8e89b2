"""What does a visitor do? The steps that several browser tests take, as a person takes them."""

from playwright.async_api import Page, expect

from rehearsal.play.buyers import Buyer
from rehearsal.play.stage import Stage
from runtime.signing import CUSTOMER_AREA, Signer

PASSWORD = "quattro parole mie per entrare"


def shop(stage: Stage) -> str:
    return stage.endpoints.screens["shop"]


def panel(stage: Stage) -> str:
    return stage.endpoints.screens["panel"]


def desk(stage: Stage) -> str:
    return stage.endpoints.screens["desk"]


async def open_desk(page: Page, stage: Stage) -> None:
    """Open the desk with the operator's key."""
    await page.goto(desk(stage))
    await page.fill("#key", stage.endpoints.keys.operator)
    await page.get_by_role("button", name="Apri").click()
    await page.wait_for_url(f"{desk(stage)}/")


async def rehearse(page: Page, stage: Stage, kind: str, about: str) -> None:
    """Choose a rebuild or a drill at the desk, and rehearse it."""
    await page.goto(f"{desk(stage)}/maintenance")
    form = page.locator("form", has=page.locator(f"input[name=kind][value={kind}]"))
    await form.locator("select[name=about]").select_option(about)
    await form.get_by_role("button").click()
    await expect(page.get_by_text("Prova: nulla è stato fatto")).to_be_visible()


def web_secret(stage: Stage) -> str:
    return (stage.endpoints.logs.parent / "secrets" / "web-secret").read_text()


def area_link(stage: Stage, customer_id: str) -> str:
    """Write the link that a mail carries."""
    return f"{shop(stage)}/area/enter?token={Signer(web_secret(stage)).sign(CUSTOMER_AREA, customer_id)}"


async def fill_in(page: Page, buyer: Buyer) -> None:
    """Tell who buys."""
    await page.fill("#name", buyer.body["name"])
    await page.fill("#email", buyer.email)
    await page.fill("#vat_number", buyer.body["vat_number"])


async def put_in_cart(page: Page, stage: Stage, product: str) -> None:
    """Put a product into the cart from the product page."""
    await page.goto(shop(stage))
    card = page.locator("article", has=page.get_by_role("heading", name=product, exact=True))
    await card.get_by_role("button").click()
    await page.wait_for_url("**/cart")


async def order_and_pay(page: Page) -> str:
    """Order what is in the cart, pay, and return the order's id once the page says that it is active."""
    await page.get_by_role("button", name="Ordina con obbligo di pagamento").click()
    await page.wait_for_url("**/orders/*")
    order_id = page.url.rpartition("/")[2]
    await page.get_by_role("button", name="Paga ora").click()
    await expect(page.locator(".tag", has_text="Attivo").first).to_be_visible()
    return order_id


async def sign_in(page: Page, stage: Stage, username: str, password: str) -> None:
    """Sign in at the panel."""
    await page.goto(panel(stage))
    await page.fill("#username", username)
    await page.fill("#password", password)
    await page.get_by_role("button", name="Accedi").click()


async def first_steps(page: Page, stage: Stage, buyer: Buyer) -> None:
    """Sign in with the mailed credentials, choose a password, configure."""
    credentials = (await stage.mail(buyer, "activation-credentials")).credentials
    await sign_in(page, stage, credentials["Username"], credentials["Password"])
    await page.wait_for_url("**/password")
    await page.fill("#new_password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.get_by_role("button", name="Salva la password").click()
    await page.wait_for_url("**/configuration")
    for field, value in {
        "company": buyer.body["name"],
        "recipient_code": "ABC1234",
        "street": "Via Roma 1",
        "postal_code": "50100",
        "town": "Firenze",
        "country": "IT",
    }.items():
        await page.fill(f"#{field}", value)
    await page.select_option("#fiscal_regime", "RF01")
    await page.get_by_role("button", name="Completa la configurazione").click()
    await page.wait_for_url("**/status")
