"""``python -m bursar``: the same as the console command."""

from bursar._cli import main

if __name__ == "__main__":
    raise SystemExit(main())
