"""A statement of the package beside this one, as it becomes a PDF."""

from __future__ import annotations

import io

import bursar
import bursar_pdf
import pytest
from pypdf import PdfReader


@pytest.fixture
def statement() -> bursar.Statement:
    purse = bursar.open(":memory:", resource_attributes="")
    purse.record({"team": "data"}, model="gpt-5-mini", cost="1234.56 USD")
    return purse.report()


def test_a_statement_is_a_pdf_with_its_figures(statement: bursar.Statement) -> None:
    pdf = statement.to_pdf()
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Chargeback statement" in text
    assert "1,234.56" in text
    assert statement.to_pdf(bursar_pdf.Template()) == pdf
    assert statement.to_pdf(bursar_pdf.Template(paper="letter"), texts={"Chargeback statement": "Costs"}) != pdf


def test_a_fault_of_a_template_is_an_error_of_the_library(statement: bursar.Statement) -> None:
    with pytest.raises(bursar.Invalid) as fault:
        statement.to_pdf(bursar_pdf.Template(source="= Title\n#nothing"))
    error = fault.value
    assert (error.code, error.help) == ("report_invalid", fault.value.__cause__.help)  # type: ignore[union-attr]
    assert error.context == {"pdf_code": "template_invalid", "file": "statement.typ", "line": "2", "column": "2"}
