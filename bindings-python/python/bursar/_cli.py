"""The console command: what a ledger says, and what usage costs, as tables in a terminal."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bursar import _native
from bursar._error import Error
from bursar._purse import Purse
from bursar._purse import open as open_purse
from bursar._quote import quote
from bursar._table import table

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return the exit code: 0, 1 for what was found wrong, 2 for what was asked wrong."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Error as error:
        print(f"error: {error}\n  help: {error.help}", file=sys.stderr)  # noqa: T201, a command talks to its user
        return 2
    except (ValueError, TypeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bursar", description="In-process cost control for AI agents.")
    parser.add_argument("--version", action="version", version=f"bursar {_native.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    report = _ledger_command(commands, "report", "who spent what in a period", _report)
    report.add_argument("--period", "--month", help="a month, quarter, year, week or day, such as 2026-11; this month")
    report.add_argument("--by", default="team", help="comma-separated tags, `model` and `provider`; team")
    report.add_argument("--filter", help='a selector, such as: client = "acme"')
    report.add_argument("--time-zone", default="UTC", help="an IANA name; UTC")
    report.add_argument("--format", choices=("table", "csv", "json"), default="table")

    budgets = _ledger_command(commands, "budgets", "what every budget stands at", _budgets)
    kept = "the policy file with the budgets, which the ledger doesn't keep; always needed"
    budgets.add_argument("--policy", type=Path, metavar="FILE", help=kept)

    _ledger_command(commands, "verify", "recompute everything from the entries, and say what differs", _verify)

    price = commands.add_parser("quote", help="what usage costs, line by line, and why")
    price.add_argument("model")
    price.add_argument("counts", nargs="+", metavar="NAME=COUNT", help="such as input_tokens=1200 output_tokens=300")
    price.add_argument("--provider")
    price.add_argument("--at", help="an RFC 3339 time; now")
    price.add_argument("--term", action="append", default=[], metavar="NAME=VALUE", help="such as service_tier=flex")
    price.set_defaults(run=_quote)
    return parser


def _ledger_command(commands: object, name: str, text: str, run: object) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)  # type: ignore[attr-defined]
    command.add_argument("ledger", type=Path, help="the ledger's file")
    command.set_defaults(run=run)
    return command


def _opened(options: argparse.Namespace) -> Purse:
    if not options.ledger.exists():
        message = f"there is no ledger at `{options.ledger}`"
        raise ValueError(message)
    return open_purse(options.ledger, policy=getattr(options, "policy", None), read_only=True)


def _report(options: argparse.Namespace) -> int:
    by = [name.strip() for name in options.by.split(",")]
    with _opened(options) as purse:
        statement = purse.report(period=options.period, by=by, filter=options.filter, time_zone=options.time_zone)
    text = {"table": statement.to_table, "csv": statement.to_csv, "json": statement.to_json}[options.format]()
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return 0


def _budgets(options: argparse.Namespace) -> int:
    if options.policy is None:
        message = (
            "a ledger keeps what was spent, and not its budgets\n  help: name the policy file with `--policy FILE`"
        )
        raise ValueError(message)
    with _opened(options) as purse:
        rows = purse.budgets()
    head = ("budget", "window", "limit", "spent", "held", "left", "used", "basis", "state")
    body = [
        (
            " ".join([row.name, *row.instance]),
            f"{row.window.start:%Y-%m-%d %H:%M}",
            f"{row.limit:,.2f}",
            f"{row.spent:,.2f}",
            f"{row.held:,.2f}",
            f"{row.remaining:,.2f}",
            f"{row.utilisation:.1f} %",
            row.basis,
            row.state,
        )
        for row in rows
    ]
    sys.stdout.write(table(head, body, right={2, 3, 4, 5, 6}))
    return 0


def _verify(options: argparse.Namespace) -> int:
    with _opened(options) as purse:
        found = purse.verify()
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} differences\n" if found else "every counter is what the entries give\n")
    return 1 if found else 0


def _quote(options: argparse.Namespace) -> int:
    counts = {name: _count(name, text) for name, text in map(_pair, options.counts)}
    at = None if options.at is None else datetime.fromisoformat(options.at.replace("Z", "+00:00"))
    priced = quote(
        model=options.model,
        usage=counts,
        provider=options.provider,
        at=at,
        terms=dict(map(_pair, options.term)) or None,
    )
    sys.stdout.write(f"{priced}\n")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        message = f"`{text}` has no `=` in it: write NAME=VALUE"
        raise ValueError(message)
    return name, value


def _count(name: str, text: str) -> int:
    try:
        return int(text.replace("_", "").replace(",", ""))
    except ValueError:
        message = f"`{name}` is `{text}`, and a whole number is allowed"
        raise ValueError(message) from None
