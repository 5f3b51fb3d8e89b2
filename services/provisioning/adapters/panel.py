"""What does a customer's panel ask over HTTP? Sign-in, then password, configuration, and the settings."""

import asyncio
import json
import secrets
import time
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from runtime.edge import Edge
from runtime.errors import KeyErased
from runtime.ids import Command, command_id
from runtime.web import Problem, Source, raise_if_refused, source_of
from schemas.catalogue import catalogue_on
from schemas.terms import business_date
from schemas.vocabulary import EXAMPLE_ADD_ON
from services.provisioning.adapters.bodies import (
    ConfigurationBody,
    DdtPreservationAnswer,
    DdtPreservationBody,
    NewPasswordBody,
    PanelServicesAnswer,
    SignInAnswer,
    SignInBody,
    views,
)
from services.provisioning.adapters.gate import DEVICE_SECONDS, Devices, Gate
from services.provisioning.adapters.sessions import Present, Sessions, still_holds, token_hash
from services.provisioning.adapters.vault import Vault
from services.provisioning.domain import panel
from services.provisioning.domain.commands import ChangePassword, CompleteConfiguration, SwitchDdtPreservation
from services.provisioning.domain.model import Account, SignIn
from services.provisioning.domain.passwords import objections
from services.provisioning.projections.services import SERVICES
from services.provisioning.projections.sign_ins import SIGN_INS

FAILED_ANSWERS_AFTER = 0.2
"""Seconds after which a failed sign-in is answered, so that its time tells no known username from an unknown one."""

DEVICE_COOKIE = "__Secure-coterm-device"
"""Knows a device again; it opens nothing."""

_bearer = HTTPBearer(scheme_name="PanelSession", description="The session token of a sign-in.", auto_error=False)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]

_Responses = dict[int | str, dict[str, Any]]
_SIGN_IN: _Responses = {
    401: {"description": "SIGN_IN_FAILED"},
    429: {"description": "Too often, from this address or device, for this account."},
    503: {"description": "SIGN_IN_BUSY: too many at the moment."},
}
_OUT_OF_TURN: _Responses = {403: {"description": "PASSWORD_CHANGE_REQUIRED or CONFIGURATION_REQUIRED."}}
_ON_ITS_WAY: _Responses = {202: {"description": "Taken, on its way into the log."}}
_PASSWORD: _Responses = {
    **_ON_ITS_WAY,
    409: {"description": "PERSONAL_DATA_ERASED."},
    422: {"description": "PASSWORD_REJECTED with the `reasons`, or INVALID_REQUEST."},
}
_CONFIGURATION: _Responses = {
    **_ON_ITS_WAY,
    403: {"description": "PASSWORD_CHANGE_REQUIRED."},
    409: {"description": "CONFIGURATION_CHANGED: another one was stored meanwhile."},
    422: {"description": "CONFIGURATION_INCOMPLETE with the `missing` sections, or INVALID_REQUEST."},
}
_DDT: _Responses = {
    **_OUT_OF_TURN,
    409: {"description": f"{EXAMPLE_ADD_ON}_NOT_ACTIVE: the code names the product that opens it."},
}


class Panel:
    """Answer the panel's requests for one service's edge."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._vault = Vault(edge)
        key = bytes.fromhex(edge.settings.lookup_key.get_secret_value())
        self._sessions = Sessions(key)
        self._devices = Devices(key, lambda: edge.clock.now().timestamp())
        self._gate = Gate()

    async def sign_in(self, body: SignInBody, source: Source, cookie: str | None) -> tuple[SignInAnswer, str]:
        """Open a session; return with it the cookie by which the device is known from now on.

        Raises Problem 401 SIGN_IN_FAILED, the same for whatever reason, 429 or 503.
        """
        username_hash = self._vault.username_hash(body.username)
        device = self._devices.read(username_hash, cookie)
        async with self._gate.admitted(source, username_hash, device):
            started = time.monotonic()
            signed_in = await self._judged(body, username_hash)
            if signed_in is None:
                self._gate.failed(source, username_hash)
                await asyncio.sleep(max(0.0, FAILED_ANSWERS_AFTER - (time.monotonic() - started)))
                raise Problem(
                    401, "SIGN_IN_FAILED", "username or password is wrong, or the temporary password has expired"
                )
        return signed_in, self._devices.make(username_hash)

    async def _judged(self, body: SignInBody, username_hash: str) -> SignInAnswer | None:
        sign_in = await self._sign_in_of(username_hash)
        is_right = await self._vault.matches(sign_in, body.password.get_secret_value())
        now = self._edge.clock.now()
        account = await self._account(sign_in.customer_id) if sign_in else None
        if not is_right or sign_in is None or account is None or not _may_sign_in(sign_in, account):
            return None
        if sign_in.expires_at is not None and sign_in.expires_at <= now:
            return None
        token, expires_at = self._sessions.open(account, sign_in.customer_id, now)
        return SignInAnswer(
            session_token=token,
            expires_at=expires_at,
            must_change_password=sign_in.temporary,
            must_complete_configuration=account.configured_on is None,
        )

    async def present(self, credentials: HTTPAuthorizationCredentials | None, act: panel.Act) -> Present:
        """Return who is there, if it is their turn. Raises Problem 401 or 403."""
        token = credentials.credentials if credentials else ""
        session = self._sessions.read(token, self._edge.clock.now()) if token else None
        account = await self._account(session.customer_id) if session else None
        if session is None or account is None or not still_holds(session, token_hash(token), account):
            raise Problem(401, "UNAUTHORIZED", "sign in first", {"WWW-Authenticate": "Bearer"})
        raise_if_refused(panel.out_of_turn(account, act))
        return Present(session, token_hash(token), account)

    async def change_password(self, who: Present, password: str, *, dry_run: bool = False) -> Response:
        """Take a password of the customer's own, or say everything that speaks against it; a dry run takes nothing."""
        sign_in = who.account.sign_in
        if sign_in is None:
            raise Problem(401, "UNAUTHORIZED", "sign in first", {"WWW-Authenticate": "Bearer"})
        try:
            username = await self._vault.username(sign_in)
        except KeyErased:
            raise Problem(409, "PERSONAL_DATA_ERASED", "the account's personal data is erased") from None
        is_present_one = await self._vault.matches(sign_in, password)
        reasons = objections(password, username=username, is_present_one=is_present_one)
        if reasons:
            detail = "the new password can't be taken"
            raise Problem(422, "PASSWORD_REJECTED", detail, reasons=[reason.value for reason in reasons])
        if dry_run:
            return Response(status_code=204)
        customer_id, seals = who.session.customer_id, who.account.seals
        key = f"{customer_id}:{seals}:{secrets.token_hex()}"
        identity = command_id(ChangePassword.TYPE, key)
        sealed = await self._vault.sealed_password(identity, customer_id, username, password)
        return await self._submit(ChangePassword(customer_id, key, seals, sealed, who.token_hash))

    async def configure(self, who: Present, body: ConfigurationBody) -> Response:
        """Store a complete configuration; an incomplete one leaves nothing behind."""
        sections = body.sections()
        required = catalogue_on(business_date(self._edge.clock.now())).configuration_sections
        missing = panel.missing_sections(required, sections)
        if missing:
            detail = f"missing: {', '.join(missing)}"
            raise Problem(422, "CONFIGURATION_INCOMPLETE", detail, missing=missing)
        customer_id, before = who.session.customer_id, who.account.configurations
        content = self._edge.keyring.lookup("configuration", json.dumps(sections, sort_keys=True))
        key = f"{customer_id}:{before}:{content}"
        identity = command_id(CompleteConfiguration.TYPE, key)
        sealed = await self._edge.keyring.seal(customer_id, f"configuration:{identity}", sections)
        return await self._submit(CompleteConfiguration(customer_id, key, before, tuple(sections), sealed))

    async def switch_ddt_preservation(self, who: Present, enabled: bool) -> None:
        """Switch the preservation of transport documents."""
        await self._submit(SwitchDdtPreservation(who.session.customer_id, who.account.ddt_switches, enabled))

    async def services(self, who: Present) -> PanelServicesAnswer:
        """Return what a customer has, and can add."""
        customer_id = who.session.customer_id
        rows = await self._edge.rows(SERVICES, {"customer_id": customer_id}, ("product",))
        today = business_date(self._edge.clock.now())
        can_add = panel.add_ons_on_sale(who.account, catalogue_on(today), today)
        return PanelServicesAnswer(customer_id=customer_id, services=views(rows), can_add=can_add)

    async def _submit(self, command: Command) -> Response:
        submitted = await self._edge.submit(command)
        raise_if_refused(submitted.outcome)
        is_durable = await self._edge.durable(submitted)
        return Response(status_code=204 if is_durable else 202)

    async def _sign_in_of(self, username_hash: str) -> SignIn | None:
        rows = await self._edge.rows(SIGN_INS, {"username_hash": username_hash})
        return rows[0] if rows else None

    async def _account(self, customer_id: str) -> Account | None:
        account: Account | None = await self._edge.state(customer_id)
        return account


def panel_router(edge: Edge) -> APIRouter:
    """Return the panel's routes."""
    desk = Panel(edge)
    router = APIRouter(prefix="/v1/panel", tags=["panel"])

    @router.post("/sign-in", responses=_SIGN_IN)
    async def sign_in(
        body: SignInBody,
        request: Request,
        response: Response,
        device: Annotated[str | None, Cookie(alias=DEVICE_COOKIE)] = None,
    ) -> SignInAnswer:
        """Open a session with username and password."""
        signed_in, cookie = await desk.sign_in(body, source_of(request), device)
        response.set_cookie(
            DEVICE_COOKIE, cookie, DEVICE_SECONDS, path="/v1/panel", secure=True, httponly=True, samesite="strict"
        )
        return signed_in

    _add_first_steps(router, desk)
    _add_use(router, desk)
    return router


def _add_first_steps(router: APIRouter, desk: Panel) -> None:
    @router.post("/password", status_code=204, response_class=Response, responses=_PASSWORD)
    async def change_password(
        who: Annotated[Present, _turn(desk, panel.Act.CHANGE_PASSWORD)],
        body: NewPasswordBody,
        dry_run: Annotated[bool, Query(description="Judge it, change nothing.")] = False,
    ) -> Response:
        """Replace the temporary password, or one's own."""
        return await desk.change_password(who, body.new_password.get_secret_value(), dry_run=dry_run)

    @router.post("/configuration", status_code=204, response_class=Response, responses=_CONFIGURATION)
    async def configure(who: Annotated[Present, _turn(desk, panel.Act.CONFIGURE)], body: ConfigurationBody) -> Response:
        """Complete the service's configuration, as a whole."""
        return await desk.configure(who, body)


def _add_use(router: APIRouter, desk: Panel) -> None:
    @router.get("/service-status", responses=_OUT_OF_TURN)
    async def show_service_status(who: Annotated[Present, _turn(desk, panel.Act.USE)]) -> PanelServicesAnswer:
        """Show the services, their expiries, and the add-ons on sale."""
        return await desk.services(who)

    @router.put("/settings/ddt-preservation", responses=_DDT)
    async def switch_ddt_preservation(
        who: Annotated[Present, _turn(desk, panel.Act.USE)], body: DdtPreservationBody
    ) -> DdtPreservationAnswer:
        """Switch the preservation of transport documents on or off."""
        await desk.switch_ddt_preservation(who, body.enabled)
        return DdtPreservationAnswer(enabled=body.enabled)


def _turn(desk: Panel, act: panel.Act) -> Any:
    """Let in whose turn it is: as a dependency, so that a stranger is told 401 whatever the body says."""

    async def who(bearer: _Bearer) -> Present:
        return await desk.present(bearer, act)

    return Depends(who)


def _may_sign_in(sign_in: SignIn, account: Account) -> bool:
    """Tell whether the row that was found is still the account's sign-in."""
    return not sign_in.is_void and account.sign_in == sign_in
