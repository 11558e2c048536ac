"""The printed document as PDF, by the package ``bursar_pdf`` where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar._error import Error, Invalid

if TYPE_CHECKING:
    from bursar_pdf import Template


def pdf_of(layout: str, template: Template | None = None) -> bytes:
    """Lay out a printed document, or say which command brings the package that does."""
    try:
        import bursar_pdf  # noqa: PLC0415, a package of its own that most programs don't have
    except ModuleNotFoundError as fault:
        if fault.name != "bursar_pdf":
            raise
        message = "a PDF was asked for, and the package `bursar_pdf` isn't installed"
        raise Error(message, "pdf_missing", "run `pip install 'bursar[pdf]'`") from None
    try:
        pdf: bytes = bursar_pdf.render(layout, template)
    except bursar_pdf.PdfError as fault:
        places = {"file": fault.file, "line": fault.line, "column": fault.column}
        context = {"pdf_code": fault.code, **{name: str(at) for name, at in places.items() if at is not None}}
        raise Invalid(fault.message, "report_invalid", fault.help, context) from fault
    return pdf
