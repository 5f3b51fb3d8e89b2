"""Who uses the panel, and with what?"""

from typing import Any

import httpx

from tests.unit.provisioning.memory_edge import MemoryEdge

CHOSEN = "nebbia in val padana"
CONFIGURATION: dict[str, Any] = {
    "company": {"name": "Rossi Srl"},
    "fiscal_regime": "RF01",
    "delivery": {"recipient_code": "ABC1234"},
    "address": {"street": "Via Roma 1", "town": "Firenze"},
}
DDT = "/v1/panel/settings/ddt-preservation"


class Customer:
    """Use the panel as c-1."""

    def __init__(self, edge: MemoryEdge, client: httpx.AsyncClient) -> None:
        self.edge = edge
        self.client = client
        self.session = ""

    async def sign_in(self, username: str, password: str) -> httpx.Response:
        answer = await self.client.post("/v1/panel/sign-in", json={"username": username, "password": password})
        if answer.status_code == 200:
            self.session = answer.json()["session_token"]
        return answer

    async def does(self, method: str, path: str, body: Any = None, session: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {session or self.session}"}
        return await self.client.request(method, path, json=body, headers=headers)

    async def chooses(self, password: str) -> httpx.Response:
        return await self.does("POST", "/v1/panel/password", {"new_password": password})

    async def arrives(self, *products: str) -> dict[str, str]:
        """Buy, sign in with the mailed password, choose one's own and configure."""
        mailed = await self.edge.buys(*products)
        await self.sign_in(mailed["username"], mailed["password"])
        assert (await self.chooses(CHOSEN)).status_code == 204
        assert (await self.does("POST", "/v1/panel/configuration", CONFIGURATION)).status_code == 204
        return mailed


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)
