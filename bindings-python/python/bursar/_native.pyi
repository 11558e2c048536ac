__all__ = ["__version__", "parse_money"]

__version__: str

def parse_money(text: str) -> str: ...
