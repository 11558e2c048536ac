"""The one exception that everything else derives from."""


class Error(ValueError):
    """What went wrong, with a stable code and the way out."""

    code: str
    """The stable code, the same in every language, as ``money_invalid``."""

    help: str
    """The way out, one imperative sentence."""

    def __init__(self, message: str, code: str, help: str) -> None:  # noqa: A002, the name is the same in every language
        """Keep the message, the code and the help."""
        super().__init__(message, code, help)
        self.code = code
        self.help = help

    def __str__(self) -> str:
        """Return the message alone."""
        return str(self.args[0])
