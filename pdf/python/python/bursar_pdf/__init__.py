"""Lays out Bursar's printed documents as tagged PDF for the archive."""

from __future__ import annotations

from bursar_pdf import _pdf
from bursar_pdf._error import PdfError
from bursar_pdf._template import Attachment, Template

__version__ = _pdf.__version__

STATEMENT: str = _pdf.STATEMENT
"""The built-in template, to start one's own from."""


def render(document_json: str, template: Template | None = None) -> bytes:
    """Lay out a printed document as PDF. The same document and template give the same bytes.

    Raises ``PdfError``, with the line of the template where the fault is in one.

    >>> pdf = render('{"format": 1, "language": "en", "title": "Statement", "date": "2026-11-01"}')
    >>> pdf[:8]
    b'%PDF-1.7'
    """
    return _pdf.render(document_json, template or Template())


__all__ = ["STATEMENT", "Attachment", "PdfError", "Template", "__version__", "render"]
