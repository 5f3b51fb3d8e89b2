"""Which pages has the panel, and in which turn do they open? Sign-in, password, configuration; then everything else."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from coterm_client import Storefront, Unavailable, Unreachable
from coterm_client.answers import Catalogue
from runtime.signing import FROM_PANEL, Signer
from web.kit.application import Away, Pages
from web.kit.sessions import Session, Sessions
from web.panel.provisioning import DEVICE_COOKIE, NotSignedIn, Provisioning, Refused

_DEVICE_SECONDS = 180 * 24 * 3600
_ADDRESS = ("street", "postal_code", "town", "country")
_DDT = "DDT_PRESERVATION"


class Panel:
    """The panel's pages over provisioning."""

    def __init__(
        self,
        provisioning: Provisioning,
        front: Storefront,
        pages: Pages,
        sessions: Sessions,
        signer: Signer,
        shop_url: str,
    ) -> None:
        self._provisioning = provisioning
        self._front = front
        self._pages = pages
        self._sessions = sessions
        self._signer = signer
        self._shop_url = shop_url.rstrip("/")

    async def start(self, request: Request) -> Response:
        """Lead to the page whose turn it is."""
        session: Session = request.state.session
        if "token" not in session.values:
            return self._pages.write(request, "sign_in.html", refused=None)
        return RedirectResponse(self._turn(session), 303)

    async def sign_in(self, request: Request) -> Response:
        """Sign in; the session is another from then on."""
        form = await self._sessions.form(request)
        source = request.client.host if request.client else ""
        device = request.cookies.get(DEVICE_COOKIE)
        try:
            answer, known = await self._provisioning.sign_in(
                form.get("username", "").strip(), form.get("password", ""), source, device
            )
        except Refused as refusal:
            return self._pages.write(request, "sign_in.html", refusal.status, refused=refusal.code)
        session: Session = request.state.session
        session.begin_anew(
            token=answer["session_token"],
            password=answer["must_change_password"],
            configuration=answer["must_complete_configuration"],
            language=session.values.get("language"),
        )
        response = RedirectResponse(self._turn(session), 303)
        if known:
            response.set_cookie(DEVICE_COOKIE, known, _DEVICE_SECONDS, secure=True, httponly=True, samesite="strict")
        return response

    async def password(self, request: Request) -> Response:
        """Show where a password of one's own is chosen."""
        self._token(request)
        return self._pages.write(request, "password.html", reasons=None, is_right=False)

    async def judge_password(self, request: Request) -> Response:
        """Judge a password while it is typed; nothing is changed."""
        form = await self._sessions.form(request)
        reasons = await self._objections(request, form.get("new_password", ""), dry_run=True)
        return self._pages.write(request, "password_rules.html", reasons=reasons, is_right=not reasons)

    async def change_password(self, request: Request) -> Response:
        """Take the new password."""
        form = await self._sessions.form(request)
        password = form.get("new_password", "")
        reasons = ["DIFFERS"] if password != form.get("again", "") else []
        reasons = reasons or await self._objections(request, password, dry_run=False)
        if reasons:
            return self._pages.write(request, "password.html", 422, reasons=reasons, is_right=False)
        session: Session = request.state.session
        session.values["password"] = False
        return RedirectResponse(self._turn(session), 303)

    async def configuration(self, request: Request) -> Response:
        """Show the configuration, as a whole, once the password is one's own."""
        self._token(request)
        if request.state.session.values.get("password"):
            return RedirectResponse("/password", 303)
        return self._pages.write(request, "configuration.html", missing=[], wrong={}, form={})

    async def configure(self, request: Request) -> Response:
        """Store the configuration; incomplete, nothing is, and what is missing is marked."""
        form = await self._sessions.form(request)
        filled = {name: value.strip() for name, value in form.items() if value.strip()}
        by = "certified_email" if "certified_email" in filled else "recipient_code"
        body: dict[str, Any] = {
            "company": {"name": filled["company"]} if "company" in filled else None,
            "fiscal_regime": filled.get("fiscal_regime"),
            "delivery": {by: filled[by]} if by in filled else None,
            "address": {name: filled[name] for name in _ADDRESS if name in filled} or None,
        }
        if body["address"] is not None and set(body["address"]) != set(_ADDRESS):
            body["address"] = None
        try:
            await self._provisioning.does(self._token(request), "POST", "configuration", body)
        except Refused as refusal:
            errors = {each["field"].split(".")[-1]: each["detail"] for each in refusal.document.get("errors", [])}
            missing = refusal.document.get("missing", [])
            return self._pages.write(request, "configuration.html", 422, missing=missing, wrong=errors, form=filled)
        session: Session = request.state.session
        session.values["configuration"] = False
        return RedirectResponse("/status", 303)

    async def status(self, request: Request) -> Response:
        """Show the services with status and expiry, and what can be added."""
        status, catalogue = await self._status(request), await self._catalogue()
        return self._pages.write(request, "status.html", status=status, catalogue=catalogue)

    async def activate(self, request: Request) -> Response:
        """Lead to the shop's cart, with what is to be added."""
        form = await self._sessions.form(request)
        status = await self._status(request)
        product = form.get("product", "")
        if product not in status["can_add"]:
            return RedirectResponse("/status", 303)
        signed = self._signer.sign(FROM_PANEL, {"customer": status["customer_id"], "product": product})
        return RedirectResponse(f"{self._shop_url}/area/from-panel?token={signed}", 303)

    async def settings(self, request: Request) -> Response:
        """Show the settings: the preservation of transport documents."""
        return await self._settings(request)

    async def switch(self, request: Request) -> Response:
        """Switch the preservation of transport documents."""
        form = await self._sessions.form(request)
        body = {"enabled": form.get("enabled") == "on"}
        try:
            await self._provisioning.does(self._token(request), "PUT", "settings/ddt-preservation", body)
        except Refused:
            return await self._settings(request, 409)
        return RedirectResponse("/settings", 303)

    async def _settings(self, request: Request, code: int = 200) -> Response:
        status, catalogue = await self._status(request), await self._catalogue()
        opening = [each.product for each in catalogue.products if _DDT in each.features]
        active = [each for each in status["services"] if each["variant"] in opening and each["status"] == "ACTIVE"]
        values = {"opening": opening, "is_open": bool(active), "catalogue": catalogue}
        is_on = any(each["ddt_preservation"] for each in active)
        return self._pages.write(request, "settings.html", code, is_on=is_on, can_add=status["can_add"], **values)

    async def _status(self, request: Request) -> dict[str, Any]:
        return await self._provisioning.does(self._token(request), "GET", "service-status")

    async def _catalogue(self) -> Catalogue:
        try:
            return await self._front.catalogue()
        except (Unreachable, Unavailable) as silence:
            raise Away("orders") from silence

    async def _objections(self, request: Request, password: str, *, dry_run: bool) -> list[str]:
        path = f"password{'?dry_run=true' if dry_run else ''}"
        try:
            await self._provisioning.does(self._token(request), "POST", path, {"new_password": password})
        except Refused as refusal:
            return [str(reason) for reason in refusal.document.get("reasons", ["TOO_LONG"])]
        return []

    def _token(self, request: Request) -> str:
        session: Session = request.state.session
        if "token" not in session.values:
            raise NotSignedIn
        return str(session.values["token"])

    def _turn(self, session: Session) -> str:
        if session.values.get("password"):
            return "/password"
        return "/configuration" if session.values.get("configuration") else "/status"


def routes(panel: Panel, sessions: Sessions) -> APIRouter:
    """Make the panel's routes."""
    router = APIRouter()
    router.add_api_route("/", panel.start, methods=["GET"])
    router.add_api_route("/sign-in", panel.sign_in, methods=["POST"])
    router.add_api_route("/sign-out", sessions.leave, methods=["POST"])
    router.add_api_route("/password", panel.password, methods=["GET"])
    router.add_api_route("/password", panel.change_password, methods=["POST"])
    router.add_api_route("/password/rules", panel.judge_password, methods=["POST"])
    router.add_api_route("/configuration", panel.configuration, methods=["GET"])
    router.add_api_route("/configuration", panel.configure, methods=["POST"])
    router.add_api_route("/status", panel.status, methods=["GET"])
    router.add_api_route("/status/activation", panel.activate, methods=["POST"])
    router.add_api_route("/settings", panel.settings, methods=["GET"])
    router.add_api_route("/settings/ddt-preservation", panel.switch, methods=["POST"])
    return router


def show_turns(request: Request, error: Exception) -> Response:
    """Lead back to whose turn it is: to the sign-in, or to the step that comes first."""
    session: Session = request.state.session
    if isinstance(error, Refused):
        session.values |= {
            "password": error.code == "PASSWORD_CHANGE_REQUIRED",
            "configuration": error.code in ("CONFIGURATION_REQUIRED", "PASSWORD_CHANGE_REQUIRED"),
        }
    else:
        session.begin_anew(language=session.values.get("language"))
    return RedirectResponse("/", 303)
