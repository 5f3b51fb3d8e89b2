"""Can everybody read each mail, in both languages? No violation of axe's rules, nothing sideways at 320 pixels."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from publishing.mail_examples import EXAMPLES
from publishing.mails import write
from schemas.vocabulary import Locale
from tests.browser.test_accessible import sideways, violations


class TestEachMail:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 800])
    async def test_is_accessible_and_fits(
        self, browser: Browser, axe: str, tmp_path: Path, width: int, scheme: Literal["light", "dark"]
    ) -> None:
        write(tmp_path)
        context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = await context.new_page()
        wrong: list[str] = []
        for name in EXAMPLES:
            for locale in Locale:
                await page.goto((tmp_path / f"{name}.{locale}.html").as_uri())
                wrong += [f"{name}.{locale}: {each}" for each in await violations(page, axe) + await sideways(page)]
        await context.close()
        assert wrong == []
