"""Opens the database and holds every write, one transaction each."""

import sys

# sqlite-utils loads numpy where it is installed, which only the reading process needs: 10 MB of the bot's memory.
if "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # what Python takes for a package that is not there
    import sqlite_utils  # noqa: F401  # now, without it

    del sys.modules["numpy"]
