"""The floor: forty lines on the `irc` package's asyncio client that answer `!floor` with one line, and do no more.

python -m tools.bench.floor_bot PORT
"""

import asyncio
import sys
from typing import Any

from irc.client_aio import AioReactor

NICK, ROOM = "floor", "#floor"

ANSWER = (
    "kolla: 31 open actions (7 unowned, 5 overdue). 76 more possible: `+actions kolla candidate`. First 5; say +more."
)
"""As long as the first line of what ours answers."""


def join(connection: Any, event: Any) -> None:
    """Enter the room once the server has welcomed us."""
    connection.join(ROOM)


def answer(connection: Any, event: Any) -> None:
    """Answer the one command there is."""
    if event.arguments[0] == "!floor":
        connection.privmsg(event.target, ANSWER)


async def serve(port: int) -> None:
    """Connect and answer for ever."""
    reactor = AioReactor(loop=asyncio.get_running_loop())
    reactor.add_global_handler("welcome", join)
    reactor.add_global_handler("pubmsg", answer)
    await reactor.server().connect("127.0.0.1", port, NICK)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
