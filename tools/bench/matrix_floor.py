"""The floor on Matrix: forty lines on matrix-nio that answer `!floor` with one line, encrypted or not, and do no more.

python -m tools.bench.matrix_floor HOMESERVER USER PASSWORD FOLDER
"""

import asyncio
import sys

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MatrixRoom, RoomMessageText

from tools.bench.floor_bot import ANSWER


async def serve(homeserver: str, user: str, password: str, folder: str) -> None:
    """Log in, come where one is invited, and answer for ever."""
    config = AsyncClientConfig(encryption_enabled=True)
    client = AsyncClient(homeserver, user, store_path=folder, config=config)
    await client.login(password)
    await client.sync(timeout=0, full_state=True)

    async def invited(room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key == client.user_id and event.membership == "invite":
            await client.join(room.room_id)

    async def answer(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.body == "!floor":
            content = {"msgtype": "m.notice", "body": ANSWER}
            await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    client.add_event_callback(invited, InviteMemberEvent)
    client.add_event_callback(answer, RoomMessageText)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:5]))
