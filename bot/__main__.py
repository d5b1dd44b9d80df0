"""`python -m bot` is `recapbot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
