"""How is the demo shown? In colour and tables on a terminal, in plain lines elsewhere."""

from collections.abc import Mapping, Sequence
from textwrap import shorten

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from operations.mails.mail import Mail
from rehearsal.demo.story import ExplainedOrder, Story
from schemas.money import euros

_PLAIN_WIDTH = 120
_WIDE = 130
"""Columns of a terminal from which expiries and mails stand in the table too."""
_BESIDE_THE_CASE = 33
_LABEL = 16
"""Columns that a line's label takes; what does not fit beside it goes on below itself."""
_LONGEST_MAIL = 14


def console() -> Console:
    """Open standard output; without a terminal nothing is wrapped or coloured."""
    opened = Console(highlight=False)
    return opened if opened.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH, no_color=True)


class Teller:
    """Prints stories as they end; the text of a mail is printed whole where its template comes first."""

    def __init__(self, out: Console, total: int) -> None:
        self._out = out
        self._total = total
        self._shown: set[str] = set()

    def story(self, number: int, story: Story) -> None:
        """Show one case."""
        mark = "[bold red]✗[/]" if story.wrong else "[bold green]✓[/]"
        self._out.print()
        self._line(f"{mark} [bold]{number:>2}/{self._total}  {escape(story.title)}[/]  [dim]{escape(story.rule)}[/]")
        for order in story.orders:
            self.order(order)
        for line in story.lines:
            self._field("", line)
        for mail in story.mails:
            self._mail(mail)
        if story.wrong:
            self._field("[red]wrong[/]", f"[red]{escape(story.wrong)}[/]", marked_up=True)

    def summary(self, stories: Sequence[Story], seconds: float) -> None:
        """Show how everything ended."""
        self._out.print()
        if self._out.is_terminal:
            self._out.print(self._table(stories))
        else:
            for number, story in enumerate(stories, 1):
                total = _euro(story.orders[0].order["total_cents"]) if story.orders else ""
                state = "WRONG" if story.wrong else "ok"
                self._out.print(f"{number:>3}  {state:<5}  {story.rule:<10}  {story.title:<50}  {total:>9}")
        good = sum(story.wrong is None for story in stories)
        colour = "green" if good == len(stories) else "red"
        self._line(f"[bold {colour}]{good} of {len(stories)} cases as the guide says[/], played in {seconds:.1f} s")

    def _table(self, stories: Sequence[Story]) -> Table:
        is_wide = self._out.width >= _WIDE
        table = Table(title="Every case of the guide", header_style="bold", title_style="bold")
        table.add_column("", min_width=1)
        table.add_column("case", no_wrap=True, max_width=None if is_wide else self._out.width - _BESIDE_THE_CASE)
        table.add_column("rule", no_wrap=True, min_width=8)
        table.add_column("total", no_wrap=True, min_width=9, justify="right")
        for name in ("expiries", "mail") if is_wide else ():
            table.add_column(name, no_wrap=True)
        for story in stories:
            explained = story.orders[0] if story.orders else None
            more = (
                ", ".join(sorted(set(explained.after.values()))) if explained else "",
                story.mails[-1].template if story.mails else "",
            )
            table.add_row(
                Text("✗", "red") if story.wrong else Text("✓", "green"),
                story.title,
                story.rule,
                _euro(explained.order["total_cents"]) if explained else "",
                *(more if is_wide else ()),
            )
        return table

    def order(self, explained: ExplainedOrder) -> None:
        """Show one order: its lines with their explanation, its total, its expiries."""
        order = explained.order
        case = order["purchase_case"] or ""
        if case == "ADD_ON_TO_OWNED":
            refused = "nothing to extend" if order["extend_active_services"] is None else "extension refused"
            case += f", {'extension kept' if order['extensions'] else refused}"
        reason = f" ({order['reason']})" if order["reason"] else ""
        self._field("order", f"{order['order_id']}  {order['channel']}  {case}  {order['status']}{reason}")
        for index, (product, cents, explanation) in enumerate(explained.charges):
            self._field("charges" if index == 0 else "", f"{product:<22} {_euro(cents):>9}   {explanation}")
        if order["total_cents"] is not None:
            net, vat, total = (_euro(order[name]) for name in ("net_cents", "vat_cents", "total_cents"))
            self._field("", f"{'net ' + net + ', VAT ' + vat:<22} {'total ' + total:>9}")
        for index, (product, expiry) in enumerate(explained.after.items()):
            before = explained.before.get(product, "–")
            moved = f"{expiry} (as before)" if before == expiry else f"{before} → {expiry}"
            self._field("expiries" if index == 0 else "", f"{product:<22} {moved}")

    def screens(self, addresses: Mapping[str, str]) -> None:
        """Say where people look: the shop, the panel, the operators' desk."""
        self._line("look for yourself, after make up:")
        for name, address in addresses.items():
            self._field(name, address)

    def _mail(self, mail: Mail) -> None:
        self._field("mail", f"{mail.subject}  → {mail.recipients}")
        lines = [line for line in mail.masked.splitlines() if line.strip()]
        if mail.template in self._shown:
            lines = [line for line in lines if line.startswith(("Username:", "Password:"))]
        self._shown.add(mail.template)
        for line in lines[:_LONGEST_MAIL]:
            text = escape(shorten(line, self._out.width - _LABEL - len("  │ "), placeholder=" …"))
            self._field("", f"  [dim]│ {text}[/]", marked_up=True)

    def _field(self, name: str, text: str, *, marked_up: bool = False) -> None:
        label, said = Text.from_markup(f"     [cyan]{name}[/]"), text if marked_up else escape(text)
        if not self._out.is_terminal:
            label.truncate(_LABEL, pad=True)
            self._line(f"{label.markup}{said}")
            return
        row = Table.grid()
        row.add_column(width=_LABEL, no_wrap=True)
        row.add_column()
        row.add_row(label, said)
        self._out.print(row)

    def _line(self, text: str) -> None:
        self._out.print(text, soft_wrap=True)


def _euro(cents: int | None) -> str:
    return "" if cents is None else euros(cents)
