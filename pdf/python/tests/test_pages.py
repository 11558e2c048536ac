"""What another reader finds in the PDF: every word, in a file for the archive."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bursar_pdf
import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject
from reading import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parents[2] / "fixtures"
TOLD = {"id", "alt", "svg", "type", "kind", "tone", "language", "status", "date", "theme"}


def fixture(name: str) -> str:
    return (FIXTURES / f"{name}.json").read_text(encoding="utf-8")


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


@cache
def rendered(name: str) -> PdfReader:
    return read(bursar_pdf.render(fixture(name)))


def packed(text: str) -> str:
    """Leave out white space, which a reader guesses, and invisible ends of lines."""
    return re.sub(r"[\s\u200b]", "", text)


@cache
def pages(name: str) -> list[str]:
    return [packed(page.extract_text()) for page in rendered(name).pages]


def printed(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from printed(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in TOLD:
                yield from printed(inner)


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Gather all elements of the structure."""
    found = []
    waiting: list[Any] = [reader.root_object["/StructTreeRoot"]["/K"]]  # type: ignore[index]
    while waiting:
        element = waiting.pop()
        element = element.get_object() if isinstance(element, IndirectObject) else element
        if isinstance(element, ArrayObject):
            waiting.extend(element)
        elif isinstance(element, DictionaryObject) and "/S" in element:
            found.append(element)
            waiting.append(element.raw_get("/K") if "/K" in element else [])
    return found


def kinds(reader: PdfReader) -> dict[str, int]:
    counted: dict[str, int] = {}
    for element in elements(reader):
        counted[str(element["/S"])] = counted.get(str(element["/S"]), 0) + 1
    return counted


def test_every_printed_text_is_found() -> None:
    text = "".join(pages("rich"))
    missing = [words for words in printed(json.loads(fixture("rich"))) if packed(words) not in text]
    assert missing == []
    assert "□" not in text


def test_every_row_of_a_long_table_is_found_whatever_its_names_are() -> None:
    # Letters that no font has are boxes; what the fonts have is there to the last sign.
    def plain(text: str) -> str:
        return re.sub(r"[^!-~]", "", text)

    text = plain("".join(pages("long")))
    missing = [words for words in printed(json.loads(fixture("long"))) if plain(words) not in text]
    assert missing == []
    assert packed("□ steht für ein Zeichen, das die Schriften") in pages("long")[-1]


def test_letters_of_latin_greek_and_cyrillic_are_printed() -> None:
    assert packed("Zürich – Łódź · Αθήνα · Київ · Đà Nẵng") in "".join(pages("long"))


def test_every_page_has_its_number_the_statement_and_that_it_is_a_draft() -> None:
    found = pages("long")
    assert len(found) > 5
    for number, text in enumerate(found, start=1):
        assert packed(f"Seite {number} von {len(found)}") in text
        assert packed("Abrechnung 9f3a51c07d vom 2026-11-01") in text
        assert "ENTWURF" in text.upper()


def test_a_table_repeats_its_header_on_every_page() -> None:
    of_table = [text for text in pages("long") if re.search(r"project-\d", text)]
    assert len(of_table) > 4
    for text in of_table:
        assert packed("Projekt Team Kunde Aufrufe Kosten, USD") in text


def test_a_dated_document_is_for_the_archive_and_accessible() -> None:
    reader = rendered("rich")
    metadata = reader.root_object["/Metadata"].get_data().decode()  # type: ignore[attr-defined]
    for part in (
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "Chargeback statement, October 2026",
        "2026-11-01",
    ):
        assert part in metadata
    assert reader.root_object["/Lang"] == "en"
    assert reader.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]
    assert "/OutputIntents" in reader.root_object
    assert [entry.title for entry in reader.outline if not isinstance(entry, list)] == ["Chargeback statement"]


def test_the_structure_names_headings_tables_and_pictures() -> None:
    reader = rendered("rich")
    counted = kinds(reader)
    tables = [
        block for section in json.loads(fixture("rich"))["sections"] for block in section["blocks"] if "rows" in block
    ]
    rows = sum(1 + len(table["rows"]) + bool(table["total"]) for table in tables)
    assert (counted["/H1"], counted["/H2"], counted["/Table"], counted["/TR"]) == (1, 3, 2, rows)
    assert counted["/TH"] >= sum(len(table["columns"]) for table in tables)
    told = [str(element["/Alt"]) for element in elements(reader) if "/Alt" in element]
    assert len(told) == 3
    assert "Marketing is the largest team in every month." in told


def test_a_document_without_a_day_makes_no_promise_for_the_archive() -> None:
    metadata = rendered("minimal").root_object["/Metadata"].get_data().decode()  # type: ignore[attr-defined]
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "pdfaid:part>" not in metadata


@pytest.mark.parametrize(("conformance", "archive", "accessible"), [("archive", "B", False), ("plain", None, False)])
def test_less_can_be_promised(conformance: Any, archive: str | None, accessible: bool) -> None:  # noqa: FBT001
    reader = read(bursar_pdf.render(fixture("rich"), bursar_pdf.Template(conformance=conformance)))
    metadata = reader.root_object["/Metadata"].get_data().decode()  # type: ignore[attr-defined]
    found = re.search(r"<pdfaid:conformance>(\w)<", metadata)
    assert (found.group(1) if found else None) == archive
    assert ("pdfuaid" in metadata) is accessible


@pytest.mark.parametrize("name", ["rich", "long"])
def test_fonts_are_embedded_and_hold_only_what_is_printed(name: str) -> None:
    fonts = {}
    for page in rendered(name).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()
            fonts[str(inner["/BaseFont"])] = inner["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    assert len(fonts) >= 2
    for base, descriptor in fonts.items():
        assert re.fullmatch(r"/[A-Z]{6}\+SourceSans3-(Regular|Semibold).*", base), base
        assert "/FontFile3" in descriptor or "/FontFile2" in descriptor


def test_attachments_ride_along_with_any_template() -> None:
    csv = bursar_pdf.Attachment("statement.csv", "text/csv", b"a,b\n1,2\n")
    own = '#set document(title: "T", date: datetime(year: 2026, month: 11, day: 1))\nA page'
    for source in (None, own):
        template = bursar_pdf.Template(source=source, attachments=[csv])
        reader = read(bursar_pdf.render(fixture("rich"), template))
        assert reader.attachments["statement.csv"] == [b"a,b\n1,2\n"]
        assert "/AF" in reader.root_object
        assert b"<pdfaid:part>3</pdfaid:part>" in reader.root_object["/Metadata"].get_data()  # type: ignore[attr-defined]


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("name", ["rich", "long", "minimal"])
def test_nothing_stands_over_the_margins(name: str, paper: Any) -> None:
    margin = 20 / 25.4 * 72
    for page in read(bursar_pdf.render(fixture(name), bursar_pdf.Template(paper=paper))).pages:
        edge = float(page.mediabox[2]) - margin
        assert [run.text for run in runs(page) if run.left < margin - 0.3 or run.right > edge + 0.3] == []
