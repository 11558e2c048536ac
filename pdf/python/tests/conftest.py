"""What the tests share: the month that the main package's tests play."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "bindings-python" / "tests"))
