"""In-process cost control for AI agents."""

from bursar._error import Error
from bursar._money import parse_money
from bursar._native import __version__

__all__ = ["Error", "__version__", "parse_money"]
