"""Which texts are there? A text is one template in each language."""

from pathlib import Path

from schemas.vocabulary import Locale, TemplateName

FOLDER = Path(__file__).parent / "templates"
_SHARED = ("layout", "parts", "words")
"""What all texts are made with."""


def texts_in(folder: Path) -> frozenset[TemplateName]:
    """Name the texts that stand whole in a folder."""
    files = {path.name for path in folder.glob("*.j2")}
    names = {name.partition(".")[0] for name in files}
    return frozenset(name for name in names.difference(_SHARED) if files_of(name) <= files)


def files_of(name: TemplateName) -> set[str]:
    """Name the files of a text."""
    return {f"{name}.{locale}.j2" for locale in Locale}


TEXTS = texts_in(FOLDER)
