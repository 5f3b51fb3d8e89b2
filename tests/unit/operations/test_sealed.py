"""Is personal data shown only to who asks for it and holds the keyring?"""

from typing import Any

from operations.sealed import one_line, printable
from runtime.privacy.showing import SEALED, shown
from schemas.personal import SealedBlock

BLOCK = {"key_id": "k-1", "nonce": "bm9uY2U=", "ciphertext": "c2VhbGVk"}


async def open_(customer_id: str, block: SealedBlock) -> Any:
    return {"name": f"{customer_id} opened {block.ciphertext}"}


class TestASealedBlock:
    async def test_it_is_replaced_wherever_it_stands(self) -> None:
        value = {"personal": BLOCK, "lines": [{"recipient": BLOCK, "years": 1}]}
        assert await shown(value, "c-1") == {"personal": SEALED, "lines": [{"recipient": SEALED, "years": 1}]}

    async def test_where_its_parts_stand_among_others_only_they_are(self) -> None:
        assert await shown({**BLOCK, "locale": "it"}, "c-1") == {"personal": SEALED, "locale": "it"}

    async def test_who_may_opens_it(self) -> None:
        assert await shown({"personal": BLOCK}, "c-1", open_) == {"personal": {"name": "c-1 opened c2VhbGVk"}}


class TestWhatSomebodyElseWrote:
    def test_it_can_not_speak_to_the_terminal(self) -> None:
        assert printable("a\x1b[2Jb\r\n\u202ec") == "a\\x1b[2Jb\\r\\n\\u202ec"

    def test_it_is_cut_to_a_width(self) -> None:
        assert one_line({"a": "b" * 50}, 12) == '{"a": "bbbb…'
