"""May a customer choose this password? Long, not a known one, not the username; no rules of composition."""

import unicodedata
from enum import StrEnum

SHORTEST = 15
LONGEST = 256

_WORDS = frozenset(
    """
    password passw0rd passwort admin administrator welcome benvenuto qwerty azerty letmein iloveyou monkey dragon
    football juventus napoli milan inter forzanapoli ciao ciaociao amore segreto parola parolachiave contrasegno
    accesso fattura fatturazione fatturaelettronica documenti coterm master login sunshine princess superman batman
    starwars
    """.split()  # noqa: SIM905 - words are read best as text
)
_RUNS = tuple(
    piece * 3
    for run in (
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnm",
        "1q2w3e4r5t6y7u8i9o0p",
    )
    for piece in (run, run[::-1])
)


class Objection(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    TOO_COMMON = "TOO_COMMON"
    CONTAINS_USERNAME = "CONTAINS_USERNAME"
    SAME_AS_TEMPORARY = "SAME_AS_TEMPORARY"


def normalised(password: str) -> str:
    """Return the form that is hashed, the same whichever keyboard composed the accents."""
    return unicodedata.normalize("NFC", password)


def objections(password: str, *, username: str, is_present_one: bool) -> list[Objection]:
    """Return every reason against a password; none when it may be chosen.

    `is_present_one` says that it is the temporary (or present) password, which only a hash can tell.
    """
    plain = "".join(letter for letter in password.casefold() if letter.isalnum()) or password
    reasons = {
        Objection.TOO_SHORT: len(password) < SHORTEST,
        Objection.TOO_LONG: len(password) > LONGEST,
        Objection.TOO_COMMON: _is_common(plain),
        Objection.CONTAINS_USERNAME: bool(username) and username.casefold() in password.casefold(),
        Objection.SAME_AS_TEMPORARY: is_present_one,
    }
    return [reason for reason, applies in reasons.items() if applies]


def _is_common(plain: str) -> bool:
    """Tell a word of the list, alone, repeated or with digits around it, and a run along alphabet or keyboard."""
    word = plain.strip("0123456789")
    return len(_unit(plain)) < 5 or _unit(word) in _WORDS or any(plain in run for run in _RUNS)


def _unit(text: str) -> str:
    """Return the shortest piece whose repetition gives the text."""
    return next((text[:size] for size in range(1, len(text)) if text == text[:size] * (len(text) // size)), text)
