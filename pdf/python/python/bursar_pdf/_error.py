"""The one exception of this package."""

from __future__ import annotations

from typing import Any


class PdfError(Exception):
    """Why a document couldn't be laid out, with a stable code and the way out.

    >>> import bursar_pdf
    >>> try:
    ...     bursar_pdf.render("{}")
    ... except bursar_pdf.PdfError as error:
    ...     print(error.code, "-", error)
    ...     print(error.help)
    document_invalid - the text is no printed document: missing field `format` at line 1 column 2
    give the printed document as `bursar` writes it
    """

    message: str
    """What was found and what is allowed."""

    code: str
    """The stable code, as ``template_invalid``."""

    help: str
    """The way out, one imperative sentence."""

    file: str | None
    """The file of the template in which the fault is."""

    line: int | None
    """The line of that file, from 1."""

    column: int | None
    """The character of that line, from 1."""

    def __init__(  # noqa: PLR0913, PLR0917, the fields of an error
        self,
        message: str,
        code: str,
        help: str,  # noqa: A002, the name is the same in every language
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        """Keep what is told."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """Return the message alone."""
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way to another process."""
        return type(self), (self.message, self.code, self.help, self.file, self.line, self.column)
