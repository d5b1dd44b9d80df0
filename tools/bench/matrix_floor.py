"""The floor on Matrix: forty lines on matrix-nio that answer `!floor` with one notice, and do no more.

python -m tools.bench.matrix_floor HOMESERVER USER PASSWORD ALIAS…
"""

import asyncio
import sys
import tempfile

from nio import AsyncClient, AsyncClientConfig, MatrixRoom, RoomMessageText

from tools.bench.floor_bot import ANSWER


async def serve(homeserver: str, user: str, password: str, rooms: list[str]) -> None:
    """Connect and answer for ever."""
    with tempfile.TemporaryDirectory() as folder:
        config = AsyncClientConfig(encryption_enabled=True)
        client = AsyncClient(homeserver, user, store_path=folder, config=config)
        await client.login(password)
        for room in rooms:
            await client.join(room)
        await client.sync(timeout=0, full_state=True)

        async def answer(room: MatrixRoom, event: RoomMessageText) -> None:
            if event.body == "!floor":
                content = {"msgtype": "m.notice", "body": ANSWER}
                await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

        client.add_event_callback(answer, RoomMessageText)
        await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
