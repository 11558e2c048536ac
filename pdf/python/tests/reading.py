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

    def drawn(self, pieces: Any) -> tuple[str, float]:
        """Give the letters of codes with their kerning, and how far the last one that isn't a space reaches."""
        letters, width, reach = "", 0.0, 0.0
        for piece in pieces:
            if isinstance(piece, (int, float)):
                width -= float(piece)
                continue
            codes = piece if isinstance(piece, bytes) else piece.original_bytes
            for code in (int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2)):
                letter = self.letters.get(code, "\N{REPLACEMENT CHARACTER}")
                letters += letter
                width += self.widths.get(code, 0.0)
                reach = reach if letter.isspace() else width
        return letters, reach


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
    pen = Pen(page.pdf, page["/Resources"], IDENTITY, None)
    pen.draw(page.get_contents())
    return pen.found


class Pen:
    """Follows the operators of a page or a form, and keeps the letters that they draw."""

    def __init__(self, reader: Any, resources: Any, matrix: tuple[float, ...], outer: int | None) -> None:
        self.found: list[Run] = []
        self._reader = reader
        self._resources = resources
        self._matrix = matrix
        self._kept: list[tuple[float, ...]] = []
        self._marks = [outer]
        self._fonts: dict[str, Font] = {}
        self._font: Font | None = None
        self._size = 0.0
        self._text = IDENTITY

    def draw(self, content: Any) -> None:
        follow = {
            b"q": self._keep,
            b"Q": self._restore,
            b"cm": self._transform,
            b"BDC": self._begin,
            b"BMC": self._begin,
            b"EMC": self._end,
            b"Tf": self._take,
            b"Tm": self._place,
            b"TJ": self._show,
            b"Tj": self._show,
            b"Do": self._form,
        }
        for operands, operator in ContentStream(content, self._reader).operations:
            if operator in follow:
                follow[operator](operands)

    def _keep(self, _: Any) -> None:
        self._kept.append(self._matrix)

    def _restore(self, _: Any) -> None:
        self._matrix = self._kept.pop()

    def _transform(self, operands: Any) -> None:
        self._matrix = _product(tuple(map(float, operands)), self._matrix)

    def _begin(self, operands: Any) -> None:
        told = operands[1] if len(operands) > 1 else {}
        self._marks.append(int(told["/MCID"]) if isinstance(told, dict) and "/MCID" in told else self._marks[-1])

    def _end(self, _: Any) -> None:
        self._marks.pop()

    def _take(self, operands: Any) -> None:
        name, self._size = str(operands[0]), float(operands[1])
        if name not in self._fonts:
            self._fonts[name] = Font(self._resources["/Font"][name].get_object())
        self._font = self._fonts[name]

    def _place(self, operands: Any) -> None:
        self._text = tuple(map(float, operands))

    def _show(self, operands: Any) -> None:
        assert self._font is not None
        pieces = operands[0] if isinstance(operands[0], list) else operands
        letters, width = self._font.drawn(pieces)
        at = _product(self._text, self._matrix)
        scale = (at[0] ** 2 + at[1] ** 2) ** 0.5
        self.found.append(Run(letters, at[4], at[4] + width * self._size / 1_000 * scale, self._marks[-1]))

    def _form(self, operands: Any) -> None:
        form = self._resources["/XObject"][operands[0]].get_object()
        if form["/Subtype"] == "/Form":
            matrix = _product(tuple(map(float, form.get("/Matrix", IDENTITY))), self._matrix)
            inner = Pen(self._reader, form.get("/Resources", self._resources), matrix, self._marks[-1])
            inner.draw(form)
            self.found.extend(inner.found)


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
