"""What does a fold need of a record? Account, version, fingerprint and the event, taken in one pass over its bytes.

A lens is made from the published contract, which stays the judge: a lens takes nothing that the contract refuses, and
whatever a lens does not take (an old version, a value written in another way, a record without its type's header) is
read through the contract, which says what is wrong with it. So a lens changes how long reading takes, and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, TypedDict, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from runtime.wire.codec import Attributes, decode_attributes, decode_event
from schemas.envelope import Event
from schemas.topics import TYPES
from schemas.upcasts import UPCASTS
from schemas.vocabulary import Product

Headers = Sequence[tuple[str, bytes | None]]
Words = frozenset[str]
"""Words of the catalogue that are known by sight; a record with another one is read through its contract."""
NO_WORDS: Words = frozenset()

_PLAIN = frozenset({str, int, bool, date, type(None), Any})
_BOUNDS: Mapping[type, str] = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt", MinLen: "min_length", MaxLen: "max_length"}
_OLD = frozenset(step.old for step in UPCASTS)
_CATALOGUE_WORD = get_args(Product)[1]
_set = object.__setattr__


class Unsuited(Exception):
    """A contract says something that a lens can't: its events are read through the contract alone."""


class OwnEvent(msgspec.Struct, frozen=True, gc=False):
    """An own event as a fold takes it, and what its envelope says of the account."""

    subject: str
    version: int
    """0 where it has none."""
    fingerprint: str | None
    """The fingerprint of the state that it left behind."""
    event: Event


@dataclass(frozen=True, slots=True)
class Lens:
    """How the events of one type are read in one pass."""

    event: type[Event]
    decode: Callable[[bytes], Any]
    fields: set[str]
    defaults: Mapping[str, Any]

    def read(self, value: bytes, account: str = "") -> OwnEvent | None:
        """Read a record of this type; None when the contract has to look at it.

        `account` is the name that it is expected to bear: one string then serves all events of an account.
        """
        try:
            seen = self.decode(value)
            version = int(seen.sequence or 0)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return None
        if seen.type != self.event.EVENT_TYPE:
            return None
        subject, data = seen.subject, seen.data
        if subject == account:
            subject = account
        if data["customer_id"] == subject:
            data["customer_id"] = subject
        return OwnEvent(subject, version, seen.statefp, self._made(data))

    def _made(self, data: dict[str, Any]) -> Event:
        """Make an event of what is known to fit, as pydantic's own `model_construct` does, without looking again."""
        made = self.event.__new__(self.event)
        is_whole = len(data) == len(self.fields)
        _set(made, "__dict__", data if is_whole else {**self.defaults, **data})
        _set(made, "__pydantic_fields_set__", self.fields if is_whole else set(data))
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made


def read_own(value: bytes, headers: Headers = (), account: str = "", words: Words = NO_WORDS) -> OwnEvent:
    """Read an own event, through its type's lens where there is one. Raises Unreadable or UnknownType."""
    for name, text in headers:
        if name == "type" and text is not None:
            lens = lens_of(text, words)
            read = lens.read(value, account) if lens is not None else None
            if read is not None:
                return read
    return own_event(decode_attributes(value))


def own_event(attributes: Attributes) -> OwnEvent:
    """Read an own event through its contract. Raises Unreadable or UnknownType."""
    event = decode_event(attributes)
    return OwnEvent(attributes.subject, int(attributes.sequence or 0), attributes.statefp, event)


@cache
def lens_of(event_type: bytes, words: Words = NO_WORDS) -> Lens | None:
    """Make the lens of a type, named as a header names it; None for an old version, and for what no lens can read.

    Without words it looks at each word as the contract does, by its pattern, which takes half of the time.
    """
    event = TYPES.get(event_type.decode("utf-8", "replace"))
    if event is None or event.EVENT_TYPE in _OLD:
        return None
    try:
        return _lens(event, words)
    except Unsuited:
        return None


def _lens(event: type[Event], words: Words) -> Lens:
    fields = _fields(event, words)
    hints = {name: hint if default is ... else NotRequired[hint] for name, (hint, default) in fields.items()}
    make: Any = TypedDict  # of a contract that is known only now
    required = [("type", str), ("subject", str), ("data", make("Data", hints))]
    optional = [("sequence", str | None, None), ("statefp", str | None, None)]
    envelope = msgspec.defstruct(f"{event.__name__}Record", [*required, *optional])
    # In the order of the fields; a required one is always given and takes its place.
    defaults = {name: None if default is ... else default for name, (_, default) in fields.items()}
    return Lens(event, msgspec.json.Decoder(envelope).decode, set(fields), defaults)


@cache
def _part(model: type[BaseModel], words: Words) -> type[msgspec.Struct]:
    fields = [(name, hint, default) for name, (hint, default) in _fields(model, words).items()]
    return msgspec.defstruct(
        model.__name__,
        [(name, hint) if default is ... else (name, hint, default) for name, hint, default in fields],
        frozen=True,
        kw_only=True,
    )


def _fields(model: type[BaseModel], words: Words) -> dict[str, tuple[Any, Any]]:
    """Name each field's hint and its default, `...` where it must be given. Raises Unsuited."""
    rules = model.__pydantic_decorators__
    if any(getattr(rules, kind) for kind in rules.__slots__) or model.model_config.get("extra") != "ignore":
        raise Unsuited(f"{model.__name__} has rules of its own")
    return {name: (_bound(field, words), _default(field)) for name, field in model.model_fields.items()}


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not None or field.alias is not None:
        raise Unsuited("a default that is made, or a name in the log that is not the field's")
    return ... if field.is_required() else field.default


def _bound(field: FieldInfo, words: Words) -> Any:
    if words and field.annotation is str and field.metadata == [_CATALOGUE_WORD]:
        return _sight(words)
    return _ruled(_hint(field.annotation, words), field.metadata)


def _sight(words: Words) -> Any:
    return Literal[tuple(sorted(words))]


def _ruled(hint: Any, metadata: Iterable[Any]) -> Any:
    """Add to a hint what its contract asks besides. Raises Unsuited for a rule that a lens can't say."""
    rules: dict[str, Any] = {}
    for rule in metadata:
        rules |= _word(rule) if isinstance(rule, StringConstraints) else _limit(rule)
    return Annotated[hint, msgspec.Meta(**rules)] if rules else hint


def _limit(rule: Any) -> dict[str, Any]:
    name = _BOUNDS.get(type(rule))
    if name is None:
        raise Unsuited(f"{rule!r}")
    return {name: getattr(rule, name)}


def _word(rule: StringConstraints) -> dict[str, Any]:
    """Say the pattern of an open word; its end is the text's, not a line's, as pydantic reads it."""
    if not isinstance(rule.pattern, str) or rule != StringConstraints(pattern=rule.pattern):
        raise Unsuited(f"{rule!r}")
    if not rule.pattern.endswith("$"):
        raise Unsuited(f"{rule!r}")
    return {"pattern": rule.pattern[:-1] + r"\Z"}


def _hint(hint: Any, words: Words) -> Any:
    """Say in msgspec's words what a field holds. Raises Unsuited for what was never needed in an event."""
    if hint is AwareDatetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _part(hint, words)
    if hint in _PLAIN or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return hint
    if origin is Annotated:
        return _sight(words) if words and parts == (str, _CATALOGUE_WORD) else _ruled(_hint(parts[0], words), parts[1:])
    if origin in (Union, UnionType):
        return Union[tuple(_hint(part, words) for part in parts)]  # noqa: UP007 - of as many as there are
    if origin in (list, dict):
        return origin[tuple(_hint(part, words) for part in parts)]
    raise Unsuited(f"{hint!r}")
