"""What a user may change of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Attachment:
    """A file that is put into the PDF."""

    name: str
    """The file's name, as ``statement.csv``; no folder."""

    mime: str
    """Its media type, as ``text/csv``."""

    content: bytes
    """Its content."""


@dataclass(frozen=True)
class Template:
    """How a document is laid out; the default is the built-in statement on A4."""

    source: str | None = None
    """Typst source in place of the built-in statement. It reads ``/document.json`` and ``/theme.json``."""

    paper: Literal["a4", "letter"] = "a4"
    """The sheet."""

    accent: str | None = None
    """The one colour of the page, as ``#1f4e79``."""

    logo: bytes | None = None
    """An SVG, PNG or JPEG image for the letterhead."""

    address: Sequence[str] = ()
    """Lines of the letterhead: the sender's name and address."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Words of the template by key, in place of the built-in ones."""

    font: str | None = None
    """The font family to prefer; it must be the built-in one or be among ``fonts``."""

    fonts: Sequence[bytes] = ()
    """Font files beside the built-in ones, for scripts that those don't cover."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files that a source of one's own may read or import, by path."""

    attachments: Sequence[Attachment] = ()
    """Files that are put into the PDF, such as the statement as CSV and JSON."""

    conformance: Literal["accessible", "archive", "plain"] = "accessible"
    """What the PDF promises: PDF/A-3a and PDF/UA-1, PDF/A-3b, or nothing."""
