"""A reader of the PDFs that the tests look into: where each letter stands, what the structure says, and every byte.

It is written against ISO 32000 alone, over pypdf's objects, so nothing of what made the file is asked.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject, StreamObject

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
HEADINGS = ("/H1", "/H2", "/H3")


class Run(NamedTuple):
    """Letters that were drawn at once, from left to right in points, and the marked content that they are in."""

    text: str
    left: float
    right: float
    marked: int | None


@dataclass
class Table:
    """A table of the structure, under the heading before it."""

    heading: str
    rows: list[list[str]] = field(default_factory=list)

    @property
    def head(self) -> list[str]:
        return self.rows[0]

    @property
    def total(self) -> dict[str, str] | None:
        """The last row by its columns' heads, where it sums."""
        last = self.rows[-1]
        return dict(zip(self.head, last, strict=True)) if last[0] in ("Total", "Usage", "Change") else None

    def column(self, head: str) -> list[str]:
        """The cells below a head, without those of the total."""
        place = self.head.index(head)
        return [row[place] for row in self.rows[1:] if self.total is None or row is not self.rows[-1]]


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def _product(first: tuple[float, ...], then: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


class Font:
    """What the codes of a font mean, and how wide their letters are."""

    def __init__(self, font: Any) -> None:
        descendant = font["/DescendantFonts"][0].get_object()
        self.letters = _letters(font["/ToUnicode"].get_object().get_data().decode("ascii"))
        self.widths: dict[int, float] = {}
        listed = [own.get_object() for own in descendant["/W"]]
        while listed:
            first, after = int(listed.pop(0)), listed.pop(0)
            if isinstance(after, ArrayObject):
                self.widths.update(enumerate(map(float, after), start=first))
            else:
                width = float(listed.pop(0))
                self.widths.update(dict.fromkeys(range(first, int(after) + 1), width))


def _letters(cmap: str) -> dict[int, str]:
    """Read the map from codes to letters: `<0001> <0043>` one by one, and ranges."""
    letters: dict[int, str] = {}

    def text(digits: str) -> str:
        return bytes.fromhex(digits.strip("<>")).decode("utf-16-be")

    kind = ""
    for line in cmap.splitlines():
        words = line.split()
        if line.endswith(("beginbfchar", "beginbfrange")):
            kind = words[-1]
        elif line.startswith("endbf"):
            kind = ""
        elif kind == "beginbfchar":
            letters[int(words[0].strip("<>"), 16)] = text(words[1])
        elif kind == "beginbfrange":
            first, last = (int(word.strip("<>"), 16) for word in words[:2])
            start = text(words[2])
            letters.update({code: start[:-1] + chr(ord(start[-1]) + code - first) for code in range(first, last + 1)})
    return letters


def runs(page: Any) -> list[Run]:
    """Give everything that is drawn as letters on a page, in the order of drawing."""
    found: list[Run] = []
    _draw(page.get_contents(), page["/Resources"], (page.pdf, IDENTITY, None), found)
    return found


def _draw(content: Any, resources: Any, at: tuple[Any, tuple[float, ...], int | None], found: list[Run]) -> None:
    reader, matrix, outer = at
    kept, marks, font, size, text = [], [outer], None, 0.0, IDENTITY
    fonts = {name: own.get_object() for name, own in resources.get("/Font", {}).items()}
    read: dict[str, Font] = {}
    for operands, operator in ContentStream(content, reader).operations:
        if operator == b"q":
            kept.append(matrix)
        elif operator == b"Q":
            matrix = kept.pop()
        elif operator == b"cm":
            matrix = _product(tuple(map(float, operands)), matrix)
        elif operator in (b"BDC", b"BMC"):
            told = operands[1] if len(operands) > 1 else {}
            marks.append(int(told["/MCID"]) if isinstance(told, dict) and "/MCID" in told else marks[-1])
        elif operator == b"EMC":
            marks.pop()
        elif operator == b"Tf":
            name, size = str(operands[0]), float(operands[1])
            font = read.setdefault(name, Font(fonts[name]))
        elif operator == b"Tm":
            text = tuple(map(float, operands))
        elif operator in (b"TJ", b"Tj"):
            assert font is not None
            pieces = operands[0] if operator == b"TJ" else [operands[0]]
            letters, width = _drawn(pieces, font)
            left = _product(text, matrix)
            scale = (left[0] ** 2 + left[1] ** 2) ** 0.5
            found.append(Run(letters, left[4], left[4] + width * size / 1_000 * scale, marks[-1]))
        elif operator == b"Do":
            form = resources["/XObject"][operands[0]].get_object()
            if form["/Subtype"] == "/Form":
                inner = _product(tuple(map(float, form.get("/Matrix", IDENTITY))), matrix)
                _draw(form, form.get("/Resources", resources), (reader, inner, marks[-1]), found)


def _drawn(pieces: Any, font: Font) -> tuple[str, float]:
    letters, width = "", 0.0
    for piece in pieces:
        if isinstance(piece, (int, float)):
            width -= float(piece)
            continue
        codes = piece if isinstance(piece, bytes) else piece.original_bytes
        for code in (int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2)):
            letters += font.letters.get(code, "\N{REPLACEMENT CHARACTER}")
            width += font.widths.get(code, 0.0)
    return letters, width


def text_of(reader: PdfReader) -> str:
    """Everything that is drawn as letters, a run a line."""
    return "\n".join(run.text for page in reader.pages for run in runs(page))


class Structure:
    """The tagged structure, with the text of every element."""

    def __init__(self, reader: PdfReader) -> None:
        self._texts: dict[tuple[int, int], str] = {}
        for page in reader.pages:
            number = page.indirect_reference.idnum  # type: ignore[union-attr]
            for run in runs(page):
                if run.marked is not None:
                    key = (number, run.marked)
                    self._texts[key] = self._texts.get(key, "") + run.text
        self._root = reader.root_object["/StructTreeRoot"]

    def elements(self) -> Iterator[DictionaryObject]:
        """Give all elements in the order of reading."""
        waiting = [self._root]
        while waiting:
            element = waiting.pop()
            if "/S" in element:
                yield element
            waiting.extend(reversed([kid for kid in _kids(element) if isinstance(kid, DictionaryObject)]))

    def text(self, element: Any, page: int | None = None) -> str:
        """Give the text of an element and of all in it."""
        page = element.raw_get("/Pg").idnum if "/Pg" in element else page
        parts = []
        for kid in _kids(element):
            if not isinstance(kid, DictionaryObject):
                parts.append(self._texts.get((page or 0, int(kid)), ""))
            elif kid.get("/Type") == "/MCR":
                of = kid.raw_get("/Pg").idnum if "/Pg" in kid else page
                parts.append(self._texts.get((of or 0, int(kid["/MCID"])), ""))  # type: ignore[call-overload]
            else:
                parts.append(self.text(kid, page))
        return "".join(parts).replace("\u200b", "")

    def tables(self) -> list[Table]:
        """Give the tables, each once, however many pages it is on."""
        found: list[Table] = []
        heading, is_cell = "", ("/TH", "/TD")
        for element in self.elements():
            kind = element["/S"]
            if kind in HEADINGS:
                heading = self.text(element)
            elif kind == "/Table":
                found.append(Table(heading))
            elif kind == "/TR":
                cells = [kid for kid in _kids(element) if isinstance(kid, DictionaryObject) and kid["/S"] in is_cell]
                found[-1].rows.append([self.text(cell) for cell in cells])
        return found

    def spoken(self) -> list[str]:
        """Give what is told in place of pictures, and other words beside the drawn ones."""
        keys = ("/Alt", "/ActualText", "/T", "/E")
        return [str(element[key]) for element in self.elements() for key in keys if key in element]


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
    kids = kids if isinstance(kids, ArrayObject) else [kids]
    return [kid.get_object() if isinstance(kid, IndirectObject) else kid for kid in kids]


def everything(pdf: bytes) -> bytes:
    """Give the file as it is, and then every object in it with its streams unpacked."""
    reader = opened(pdf)
    parts = [pdf]
    for number in sorted({*reader.xref[0], *reader.xref_objStm}):
        own = reader.get_object(number)
        out = io.BytesIO()
        if isinstance(own, StreamObject):
            out.write(own.get_data())
            own = DictionaryObject(own)
        if own is not None:
            own.write_to_stream(out)
        parts.append(out.getvalue())
    return b"\n".join(parts)
