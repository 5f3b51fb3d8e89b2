"""Which texts are there? A text is four files of one name: plain and HTML, in each language."""

from pathlib import Path

from schemas.vocabulary import Locale, TemplateName

FOLDER = Path(__file__).parent / "templates"


def texts_in(folder: Path) -> frozenset[TemplateName]:
    """Name the texts that stand whole in a folder."""
    files = {path.name for path in folder.glob("*.j2")}
    names = {name.partition(".")[0] for name in files}
    return frozenset(name for name in names if files_of(name) <= files)


def files_of(name: TemplateName) -> set[str]:
    """Name the files of a text."""
    return {f"{name}.{locale}.{kind}.j2" for locale in Locale for kind in ("txt", "html")}


TEXTS = texts_in(FOLDER)
