"""Where the shared conformance vectors are, and what runs them in Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "tests" / "vectors"


def files(kind: str) -> list[Path]:
    """Return the vectors of a kind, of which there must be some."""
    found = sorted((FOLDER / kind).glob("*.json"))
    assert found, f"no vectors in {FOLDER / kind}"
    return found


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
