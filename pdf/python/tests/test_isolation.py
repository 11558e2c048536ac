"""Two clients of one agency: no document of one tells a name or a figure of the other, or what anything cost.

What is hidden is looked for in the bytes, with every stream unpacked, and in the words as a reader has them. Figures
are made so long that none of their roundings turns up by chance, and what is looked for is found where it may be.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import bursar
import bursar_pdf
import pytest
from bursar.testing import ManualClock
from reading import Structure, everything, opened, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

POLICY = """
[statement]
series = "QX"
issuer = { name = "Meridian Agency", lines = ["7 Harbour Row"] }

[[budgets]]
name = "cap-of-umbra"
match = { client = "umbra" }
limit = "987654.32 USD"
period = "month"

[[budgets]]
name = "cap-of-zephyr"
match = { client = "zephyr" }
limit = "876543.21 USD"
period = "month"

[[virtual_tags]]
name = "harvester-is-zephyrs"
match = { agent = "harvester" }
set = { client = "zephyr" }

[[clients]]
client = "umbra"
party = { name = "Umbra Industries", lines = ["1 Shade Street", "Nightford"], reference = "PO-UMB-4711" }
labels = { "private/quill" = "Premium drafting", "*" = "Plain drafting" }
[[clients.terms]]
markup = "23.57 %"
fee = "1234.56"
budget = "145678.91"

[[clients]]
client = "zephyr"
party = { name = "Zephyr Foods", lines = ["Windgasse 9"], tax_id = "DE 907 713 351", contact = "ap@zephyr.example" }
currency = "EUR"
labels = { "*" = "Kitchen assistant" }
[[clients.terms]]
exchange_rate = "0.91735"
prices = [{ input_mtok = "41.3719283", output_mtok = "97.1283746" }]
discount = "3.21 %"
minimum = "7712.53"
budget = "293186.47"

[[prices.overrides]]
provider = "private"
model = "quill"
input_mtok = "13.1793517"
output_mtok = "57.9135171"

[[prices.overrides]]
provider = "private"
model = "sparrow"
input_mtok = "3.7193715"
output_mtok = "11.3579317"
"""

# Names of each client and of its work; nothing of the other's documents may have one.
NAMES = {
    "umbra": ["umbra", "Shade Street", "Nightford", "PO-UMB", "drafting", "aurora", "borealis", "scribe", "copyist"],
    "zephyr": ["zephyr", "Windgasse", "907 713 351", "Kitchen", "cirrus", "stratus", "harvester", "ladle", "pantry"],
}
# What no client is told: the agency's own names, and words of what it earns.
INNER = ["quill", "sparrow", "private/", "cap-of", "overhead", "is-zephyrs", "night-shift", "markup", "margin"]
INNER += ["13.1793517", "57.9135171", "3.7193715", "11.3579317", "987654.32", "876543.21", "0.91735"]
# Who called what, with how many tokens.
CALLS = [
    (
        {"client": "umbra", "project": "aurora", "agent": "scribe", "team": "night-shift"},
        "quill",
        812_345_679,
        271_828_183,
    ),
    ({"client": "umbra", "project": "borealis", "agent": "copyist"}, "sparrow", 314_159_265, 161_803_399),
    ({"client": "zephyr", "project": "cirrus", "agent": "ladle"}, "quill", 577_215_665, 141_421_357),
    ({"project": "stratus", "agent": "harvester"}, "sparrow", 693_147_181, 223_606_797),
    ({"team": "overhead", "agent": "pantry-bot"}, "quill", 123_454_321, 98_765_423),
]


class Agency(NamedTuple):
    purse: bursar.Purse
    invoices: dict[str, bursar.ClientStatement]
    notes: dict[str, bursar.CreditNote]


@pytest.fixture(scope="module")
def agency() -> Iterator[Agency]:
    clock = ManualClock(datetime(2026, 9, 10, 12, tzinfo=timezone.utc))
    purse = bursar.open(":memory:", policy=POLICY, clock=clock.native, resource_attributes="")

    def spend(share: int) -> list[int]:
        usage = [{"input_tokens": own[2] // share, "output_tokens": own[3] // share} for own in CALLS]
        return [
            purse.record(tags, model=model, usage=tokens).number
            for (tags, model, *_), tokens in zip(CALLS, usage, strict=True)
        ]

    spend(7)
    clock.set(datetime(2026, 10, 10, 12, tzinfo=timezone.utc))
    booked = spend(1)
    clock.set(datetime(2026, 11, 2, 9, tzinfo=timezone.utc))
    purse.close_period(period="2026-10")
    invoices = {client: purse.issue_invoice(client, period="2026-10") for client in NAMES}
    for entry, by in ((booked[0], "-317.846153 USD"), (booked[2], "-271.593826 USD")):
        purse.adjust(entry, by=by, note="credited by the provider")
    notes = {client: purse.issue_credit_note(invoice.number or "") for client, invoice in invoices.items()}
    yield Agency(purse, invoices, {client: note for client, note in notes.items() if note is not None})
    purse.close()


def figures(amount: Decimal | str) -> set[str]:
    """Write an amount in every way that tells it: with all digits, and rounded up and down to 2 to 6 decimals."""
    exact, found = abs(Decimal(amount)), set()
    for rounding in (ROUND_FLOOR, ROUND_CEILING):
        for decimals in range(2, 7):
            found.add(f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding):f}")
    found.add(f"{exact:f}")
    long = {text for text in found if len(text.replace(".", "").strip("0")) >= 6}
    grouped = {f"{int(whole):,}.{part}" for whole, _, part in (text.partition(".") for text in long) if part}
    # In picos, cents and such there is no point.
    return long | grouped | {text.replace(".", "") for text in long}


def amounts(value: Any) -> Iterator[str]:
    """Give every amount in a result: text that is a decimal."""
    if isinstance(value, dict):
        for own in value.values():
            yield from amounts(own)
    elif isinstance(value, list):
        for own in value:
            yield from amounts(own)
    elif isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value):
        yield value


def costs(agency: Agency) -> set[str]:
    """Give every figure of cost and margin: of September, October and after the corrections."""
    found: set[str] = set()
    for month in ("2026-09", "2026-10", "2026-11"):
        statement = agency.purse.report(period=month).data
        margin = agency.purse.margin(period=month).data
        told = [amounts(statement["rows"]), amounts(statement["detail"]), amounts(statement["lines"])]
        told.extend(amounts(own["rows"]) for own in statement["breakdowns"])
        rows = [*margin["clients"], *margin["projects"], *margin["agents"]]
        earned = (row[key] for row in rows for key in ("cost", "cost_converted", "margin"))
        told.append(own for own in earned if own is not None)
        found.update(*(figures(own) for own in (amount for part in told for amount in part)))
    return found


def prices(agency: Agency, client: str) -> set[str]:
    """Give every figure that a client is told."""
    documents = [agency.invoices[client].data]
    documents.extend(note.data for own, note in agency.notes.items() if own == client)
    return {text for data in documents for amount in amounts(data) for text in figures(amount)}


def quantities(client: str) -> set[str]:
    own = [row for row in CALLS if (row[0].get("client") or "zephyr") == client]
    return {text for row in own for count in row[2:] for text in (str(count), f"{count:,}")}


def hidden(agency: Agency, client: str) -> set[str]:
    (other,) = NAMES.keys() - {client}
    own = prices(agency, client)
    words = {*NAMES[other], *INNER, *costs(agency), *prices(agency, other), *quantities(other)}
    return {word for word in words if word not in own}


def texts(agency: Agency, client: str) -> dict[str, str]:
    """Give every text form of a client's documents."""
    invoice, note = agency.invoices[client], agency.notes.get(client)
    found = {
        "CSV": invoice.to_csv(),
        "JSON": invoice.to_json(),
        "HTML": invoice.to_html().split("</style>")[-1],
        "XLSX": "\n".join(unpacked(invoice.to_xlsx())),
    }
    if note is not None:
        found |= {"note's JSON": note.to_json(), "note's HTML": note.to_html().split("</style>")[-1]}
    return found


def unpacked(book: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        for name in parts.namelist():
            yield name
            # The edge of a printed page is called so, and nobody's earnings.
            yield parts.read(name).decode("utf-8").replace("pageMargins", "")


def pdfs(agency: Agency, client: str) -> dict[str, bytes]:
    invoice = agency.invoices[client]
    riding = [
        bursar_pdf.Attachment("invoice.json", "application/json", invoice.to_json().encode()),
        bursar_pdf.Attachment("invoice.csv", "text/csv", invoice.to_csv().encode()),
    ]
    found = {
        "PDF": invoice.to_pdf(),
        "plain PDF": invoice.to_pdf(bursar_pdf.Template(conformance="plain")),
        "PDF with attachments": invoice.to_pdf(bursar_pdf.Template(attachments=riding)),
    }
    if client in agency.notes:
        found["note's PDF"] = agency.notes[client].to_pdf()
    return found


def told(text: str, words: Iterable[str]) -> list[str]:
    """Give what of the words is in a text, in whatever case."""
    lower = text.lower()
    return sorted(word for word in words if word.lower() in lower)


def told_in_bytes(data: bytes, words: Iterable[str]) -> list[str]:
    """Give what of the words is in bytes, as any encoding that a PDF knows for text."""
    lower = data.lower()
    found = []
    for word in words:
        plain = word.lower().encode()
        wide = word.encode("utf-16-be")
        forms = [
            plain,
            wide.lower(),
            plain.hex().encode(),
            wide.hex().encode(),
            word.encode("utf-16-be").hex().encode(),
        ]
        if any(form in lower for form in forms):
            found.append(word)
    return sorted(found)


@pytest.mark.parametrize("client", NAMES)
def test_what_is_hidden_from_one_is_found_where_it_may_be(agency: Agency, client: str) -> None:
    own = {*NAMES[client], *quantities(client)} - {"PO-UMB", "harvester", "pantry"}
    invoice = agency.invoices[client]
    assert len(told(invoice.to_json(), own)) > 6
    text = text_of(opened(invoice.to_pdf()))
    assert len(told(text, own)) > 6
    assert len(told(text, prices(agency, client))) > 8
    # Cost is in the margin, in the same forms that are looked for.
    margin = text_of(opened(agency.purse.margin(period="2026-10").to_pdf()))
    assert len(told(margin, costs(agency))) > 12
    assert len(told(margin, NAMES[client])) > 2
    assert len(costs(agency)) > 500


@pytest.mark.parametrize("client", NAMES)
def test_a_leak_in_an_attachment_a_name_or_a_picture_would_be_found(agency: Agency, client: str) -> None:
    (other,) = NAMES.keys() - {client}
    words, foreign = hidden(agency, client), agency.invoices[other]
    leak = bursar_pdf.Attachment("notes.json", "application/json", foreign.to_json().encode())
    leaking = everything(agency.invoices[client].to_pdf(bursar_pdf.Template(attachments=[leak])))
    assert len(told_in_bytes(leaking, prices(agency, other))) > 12
    assert len(told_in_bytes(leaking, words)) > 20
    # A picture's words, a title and a name of a file are text of other encodings, packed away in objects.
    picture = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    name = bursar_pdf.Attachment(f"{other}.csv", "text/csv", b"a\n")
    template = bursar_pdf.Template(logo=picture, address=[f"for {other} \N{EM DASH} 97.1283746"], attachments=[name])
    pdf = agency.invoices[client].to_pdf(template)
    assert other in told_in_bytes(everything(pdf), [other])
    assert any(other in text for text in Structure(opened(pdf)).spoken())
    assert {other, "97.1283746"} <= set(told(text_of(opened(pdf)), [other, "97.1283746"]))


@pytest.mark.parametrize("client", NAMES)
def test_texts_of_one_tell_nothing_of_the_other_or_of_cost(agency: Agency, client: str) -> None:
    words = hidden(agency, client)
    assert {what: told(text, words) for what, text in texts(agency, client).items() if told(text, words)} == {}


@pytest.mark.parametrize("client", NAMES)
def test_pdfs_of_one_tell_nothing_of_the_other_or_of_cost(agency: Agency, client: str) -> None:
    words = hidden(agency, client)
    for what, pdf in pdfs(agency, client).items():
        reader = opened(pdf)
        assert told(text_of(reader), words) == [], what
        assert told(text_of(reader).replace("\n", ""), words) == [], what
        assert told(" ".join(Structure(reader).spoken()), words) == [], what
        titles = [str(entry.title) for entry in reader.outline if not isinstance(entry, list)]
        assert told(" ".join([*titles, str(reader.metadata)]), words) == [], what
        assert told_in_bytes(everything(pdf), words) == [], what
        carried = {name: parts[0].decode() for name, parts in reader.attachments.items()}
        assert sorted(carried) == (["invoice.csv", "invoice.json"] if "attachments" in what else []), what
        assert told(" ".join([*carried, *carried.values()]), words) == [], what


@pytest.mark.parametrize("client", NAMES)
def test_fonts_of_one_hold_no_letter_that_isnt_printed(agency: Agency, client: str) -> None:
    from reading import Font  # noqa: PLC0415, only here

    reader = opened(agency.invoices[client].to_pdf())
    printed = set(text_of(reader))
    fonts = [own for page in reader.pages for own in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert len(fonts) > 1
    for font in fonts:
        letters = {letter for text in Font(font.get_object()).letters.values() for letter in text}
        assert letters - printed <= {"\N{ZERO WIDTH SPACE}"}


def test_each_is_billed_its_own_calls_and_the_agency_keeps_the_difference(agency: Agency) -> None:
    margin = agency.purse.margin(period="2026-10").data
    rows = {row["client"]: row for row in margin["clients"]}
    assert set(rows) == {"umbra", "zephyr", "unallocated"}
    for client, invoice in agency.invoices.items():
        assert invoice.data["calls"] == 2
        credited = Decimal(agency.notes[client].data["total"]) if client in agency.notes else Decimal(0)
        assert Decimal(rows[client]["price"]) == invoice.total + credited
    # A correction of cost is passed on by a markup, and by a list of prices it is the agency's own.
    assert set(agency.notes) == {"umbra"}
