from __future__ import annotations

import io
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bursar_pdf
import pytest
from pypdf import PdfReader

FIXTURES = Path(__file__).parents[2] / "fixtures"
RICH = (FIXTURES / "rich.json").read_text(encoding="utf-8")
MINIMAL = (FIXTURES / "minimal.json").read_text(encoding="utf-8")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_another_reader_finds_the_printed_words() -> None:
    text = text_of(bursar_pdf.render(RICH))
    for words in ("Chargeback statement", "October 2026", "CB-2026-10-001", "Acme Holding SE, Group Finance"):
        assert words in text


def test_threads_get_the_same_bytes() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(bursar_pdf.render, [MINIMAL] * 8))) == 1


def test_every_field_of_a_template_arrives() -> None:
    template = bursar_pdf.Template(
        source='#set document(title: "T")\n#set page(paper: json("/theme.json").paper)\n#read("/own.txt")',
        paper="letter",
        accent="#7a1f3d",
        logo=b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
        address=["Acme"],
        texts={"draft": "Sample"},
        font="Source Sans 3",
        files={"/own.txt": b"from a file"},
        attachments=[bursar_pdf.Attachment("statement.csv", "text/csv", b"a,b\n")],
        conformance="plain",
    )
    reader = PdfReader(io.BytesIO(bursar_pdf.render(RICH, template)))
    assert reader.pages[0].extract_text() == "from a file"
    assert [float(edge) for edge in reader.pages[0].mediabox] == [0, 0, 612, 792]
    assert reader.attachments["statement.csv"] == [b"a,b\n"]


def test_an_error_tells_its_place_and_survives_pickling() -> None:
    with pytest.raises(bursar_pdf.PdfError) as raised:
        bursar_pdf.render(MINIMAL, bursar_pdf.Template(source="= Title\n#nothing"))
    error = raised.value
    assert (error.code, error.file, error.line, error.column) == ("template_invalid", "statement.typ", 2, 2)
    assert str(error) == "unknown variable: nothing, at line 2, column 2 of `statement.typ`"
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error)


@pytest.mark.parametrize("field", ["paper", "conformance"])
def test_an_unknown_name_is_an_error(field: str) -> None:
    with pytest.raises(bursar_pdf.PdfError) as raised:
        bursar_pdf.render(MINIMAL, bursar_pdf.Template(**{field: "nothing"}))  # type: ignore[arg-type]
    assert raised.value.code == "template_invalid"
    assert "`nothing`" in str(raised.value)


def test_a_forked_process_renders_after_its_parent_did() -> None:
    expected = bursar_pdf.render(MINIMAL)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(bursar_pdf.render, [MINIMAL]).get(60) == expected
