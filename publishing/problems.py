"""What can a service answer instead of what was asked? docs/problems.md, the text of the pages that services serve."""

from pathlib import Path

from runtime.web.codes import Code, codes

PAGE = Path("docs/problems.md")
_OPENING = """# Problems

Written by `make schemas` from `runtime/web/pages/codes.toml`: change that. Every service shows the same under
`/problems`.

What goes wrong is answered as `application/problem+json` (RFC 9457), the same way by all four services:

```
{"type": "/problems/ORDER_UNKNOWN", "title": "Order unknown", "status": 404, "code": "ORDER_UNKNOWN",
 "detail": "no order o-1", "hint": "Check the order id; …", "request_id": "6f1c…"}
```

Decide by `code`; `detail` says what it was this time and `hint` what to do, both for people. `type` is the address of
the code's page, on the service that answered. `request_id` stands in the header `X-Request-Id` and in our log too:
send one of your own in that header (1 to 64 of `A-Za-z0-9._:-`, a letter or digit first) and it is used, unless it
looks like a person's number.
"""
_HEADINGS = {"everybody": "Everybody", "storefront": "Storefronts", "panel": "The panel", "operator": "Operators"}


def problems_page() -> str:
    """Write the page: a table of those who meet a code, for each kind of caller."""
    return "\n".join([_OPENING, *(_section(who, heading) for who, heading in _HEADINGS.items())])


def _section(who: str, heading: str) -> str:
    rows = [_row(name, code) for name, code in codes().items() if code.who == who]
    return "\n".join(
        [f"## {heading}\n", "| status | code | what it means | what to do |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _row(name: str, code: Code) -> str:
    return f"| {', '.join(map(str, code.status))} | `{name}` | {code.means} | {code.do} |"
