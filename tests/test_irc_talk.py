"""What is said to the bot, by whom, and how its answers leave: over a server that says exactly what the test wants."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import Reply, Request, Role, UserError
from bot.transports.irc_timing import Timing
from tests.irc_fake import ALICE, CAPS, ISUPPORT, Answers, FakeConnection, FakeServer, bot_on, play

BOB = ":bob!b@host.example"


def talk(
    scenario: Callable[[FakeConnection], Awaitable[None]],
    handle: Callable[[Request], Reply | None] | None = None,
    *,
    caps: str = CAPS,
    isupport: str = ISUPPORT,
    **settings: object,
) -> None:
    """Run a scenario with the bot logged in and in #ptg, where alice is operator."""

    async def run(server: FakeServer) -> None:
        async with bot_on(server.port, handle, **settings):
            connection = await server.accept()
            await connection.welcome(caps=caps, isupport=isupport)
            await scenario(connection)

    play(run)


def test_a_question_is_handed_over_whole() -> None:
    """The handler gets text without colours, nick, room as configured, account, role, and the names the bot goes by."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(
            f"@account=alicia {ALICE} PRIVMSG #PTG :\x02+actions\x0f  xena ",
            f"{BOB} PRIVMSG Recapbot :mine",
            f"{BOB} PRIVMSG #ptg :just talking",
        )
        assert said == ["PRIVMSG #ptg :answer to +actions  xena", "PRIVMSG bob :answer to mine"]

    talk(scenario, answers)
    seen = [(r.text, r.nick, r.room, r.account, r.role) for r in answers.requests]
    assert seen == [
        ("+actions  xena", "alice", "#ptg", "alicia", Role.OP),
        ("mine", "bob", None, None, Role.USER),
        ("just talking", "bob", "#ptg", None, Role.USER),
    ]
    request = answers.requests[0]
    assert (request.network, request.has_accounts, request.own_names) == ("fake", True, ("recapbot",))
    assert request.now.utcoffset() is not None


@pytest.mark.parametrize(
    "line",
    [
        f"{ALICE} NOTICE #ptg :+actions",
        f"{ALICE} NOTICE recapbot :mine",
        ":recapbot!recap@bot.example PRIVMSG #ptg :+actions",
        f"@bot {ALICE} PRIVMSG #ptg :+actions",
        f"@inspircd.org/bot {ALICE} PRIVMSG recapbot :mine",
        ":MeetBot!m@host PRIVMSG #ptg :+actions",
        ":irc.example PRIVMSG recapbot :mine",
        "PRIVMSG recapbot :mine",
        ":*status!znc@znc.in PRIVMSG recapbot :mine",
        f"{ALICE} PRIVMSG @#ptg :+actions",
        f"{ALICE} PRIVMSG #elsewhere :+actions",
        f"{ALICE} PRIVMSG $*.example :+actions",
        f"{ALICE} PRIVMSG #ptg :\x01ACTION +actions\x01",
        f"{ALICE} PRIVMSG recapbot :\x01DCC SEND x 1 2 3\x01",
        f"{ALICE} PRIVMSG recapbot :  ",
        f"{ALICE} PRIVMSG #ptg :\x02\x03",
    ],
)
def test_who_is_no_person_gets_no_answer(line: str) -> None:
    """Notices, ourselves, other bots, servers, bouncers, operators' asides, actions, blank lines: not even handled."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        assert await connection.handled(line) == []

    talk(scenario, answers, bots=("meetbot",))
    assert answers.requests == []


def test_identity_is_what_the_server_vouches_for() -> None:
    """With account-tag, a line without the tag is nobody's, whatever was known of the nick before."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        await connection.handled(
            f"@account=alicia {ALICE} PRIVMSG #ptg :+1",
            f"{ALICE} PRIVMSG #ptg :+2",
            f"@account= {ALICE} PRIVMSG #ptg :+3",
            f"{BOB} NICK alicia",
            ":alicia!b@host.example PRIVMSG recapbot :4",
        )

    talk(scenario, answers)
    assert [request.account for request in answers.requests] == ["alicia", None, None, None]


def test_identity_without_tags_is_followed() -> None:
    """Else WHOX, extended-join and account-notify tell; a rename, a logout, a quit, a lost capability are followed."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        await connection.handled(f"{ALICE} PRIVMSG recapbot :unknown yet")
        await connection.handled(
            ":fake 354 recapbot 737 alice alicia",
            ":fake 354 recapbot 999 bob not-ours",
            f"{ALICE} PRIVMSG recapbot :by WHOX",
            f"{BOB} PRIVMSG recapbot :unknown still",
            ":carol!c@h JOIN #ptg carola :Carol",
            ":carol!c@h PRIVMSG #ptg :+by extended-join",
            ":carol!c@h NICK caro",
            ":caro!c@h PRIVMSG #ptg :+renamed",
            ":carol!x@h JOIN #ptg * :Impostor",
            ":carol!x@h PRIVMSG #ptg :+taken nick",
            f"{ALICE} ACCOUNT *",
            f"{ALICE} PRIVMSG #ptg :+logged out",
            f"{ALICE} ACCOUNT alicia",
            f"{ALICE} PRIVMSG #ptg :+logged in",
            ":caro!c@h QUIT :bye",
            ":caro!y@h PRIVMSG recapbot :back and unseen",
            ":fake CAP recapbot DEL :account-notify",
            f"{ALICE} PRIVMSG #ptg :+nobody tells any more",
        )

    talk(scenario, answers, caps="account-notify extended-join", isupport=f"{ISUPPORT} WHOX")
    assert [request.account for request in answers.requests] == [
        *(None, "alicia", None, "carola", "carola", None, None, "alicia", None, None)
    ]


def test_a_plain_network_knows_no_accounts() -> None:
    """Without capabilities there is no account, and no pretending: a second word in JOIN proves nothing."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        await connection.handled(
            ":fake 354 recapbot 737 alice alicia",
            f"@account=alicia {ALICE} PRIVMSG #ptg :+1",
            ":carol!c@h JOIN #ptg carola :x",
        )
        await connection.handled(":carol!c@h PRIVMSG #ptg :+2")

    talk(scenario, answers, caps="multi-prefix")
    assert [(request.account, request.has_accounts) for request in answers.requests] == [(None, False)] * 2


def test_rights_are_those_of_the_moment() -> None:
    """A mode given or taken within the same piece of data counts for the very next line."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        lines = [
            f"{BOB} PRIVMSG #ptg :+1",
            f"{ALICE} MODE #ptg +v bob",
            f"{BOB} PRIVMSG #ptg :+2",
            f"{ALICE} MODE #ptg +o-o bob alice",
            f"{BOB} PRIVMSG #ptg :+3",
            f"{ALICE} PRIVMSG #ptg :+4",
            f"{BOB} PRIVMSG recapbot :5",
            f"{BOB} PART #ptg",
            f"{BOB} JOIN #ptg * :x",
            f"{BOB} PRIVMSG #ptg :+6",
        ]
        await connection.handled("\r\n".join(lines))

    talk(scenario, answers)
    roles = [request.role for request in answers.requests]
    assert roles == [Role.USER, Role.VOICE, Role.OP, Role.USER, Role.USER, Role.USER]


def test_modes_in_doubt_are_asked_for() -> None:
    """What is not understood takes rights away and asks the server for the names."""

    async def scenario(connection: FakeConnection) -> None:
        assert await connection.handled(f"{ALICE} MODE #ptg +X weird") == ["NAMES #ptg"]

    talk(scenario)


@pytest.mark.parametrize(
    "lines",
    [
        [":fake BATCH +h chathistory #ptg", f"@batch=h {ALICE} PRIVMSG #ptg :+old"],
        [":fake BATCH +h draft/something #ptg", f"@batch=h {ALICE} PRIVMSG #ptg :+old"],
        [
            ":fake BATCH +h chathistory #ptg",
            "@batch=h :fake BATCH +i labeled-response",
            f"@batch=i {ALICE} PRIVMSG #ptg :+old",
        ],
        [f"@time=2026-11-20T09:00:00.000Z {ALICE} PRIVMSG #ptg :+old"],
        [f"@time=2026-11-20T09:59:50.000Z {ALICE} PRIVMSG recapbot :old"],
        [
            ":fake NOTICE #ptg :Replaying up to 5 lines of pre-join history spanning up to 1h.",
            f"{ALICE} PRIVMSG #ptg :+old",
        ],
        [":***!znc@znc.in PRIVMSG #ptg :Buffer Playback...", f"{ALICE} PRIVMSG #ptg :+old"],
        [":***!znc@znc.in PRIVMSG recapbot :Buffer Playback...", f"{ALICE} PRIVMSG recapbot :old"],
    ],
)
def test_what_is_played_back_is_not_obeyed(lines: list[str]) -> None:
    """History in a batch, with an old stamp, or after the announcement of a server or bouncer."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(*lines)
        assert not any(line.startswith("PRIVMSG") for line in said)

    talk(scenario, answers)
    assert answers.requests == []


def test_after_a_playback_people_are_heard_again() -> None:
    """Batches end; a playback ends when the PING that follows its announcement is answered, or when it says so."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        await connection.handled(
            ":fake BATCH +h chathistory #ptg",
            f"@batch=h {ALICE} PRIVMSG #ptg :+old",
            f"@time=2026-11-20T10:00:02.000Z {ALICE} PRIVMSG #ptg :+during",
            ":fake BATCH -h",
            f"@batch=h {ALICE} PRIVMSG #ptg :+after",
        )
        said = await connection.handled(":fake NOTICE #ptg :Replaying history", f"{ALICE} PRIVMSG #ptg :+old")
        assert said == ["PING :recapbot-1"]
        await connection.handled(":fake PONG fake :recapbot-1", f"{ALICE} PRIVMSG #ptg :+answered")
        await connection.handled(":***!z@z PRIVMSG #ptg :Buffer Playback...", f"{ALICE} PRIVMSG #ptg :+old")
        await connection.handled(":***!z@z PRIVMSG #ptg :Playback Complete.", f"{ALICE} PRIVMSG #ptg :+complete")
        await connection.handled(f"{ALICE} NOTICE #ptg :replaying history", f"{ALICE} PRIVMSG #ptg :+no announcement")

    talk(scenario, answers)
    assert [r.text for r in answers.requests] == ["+during", "+after", "+answered", "+complete", "+no announcement"]


def test_a_later_join_has_a_past_of_its_own() -> None:
    """Back after a kick, what was said in between is not obeyed though the connection is older."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        connection.send(f"{ALICE} KICK #ptg recapbot :out")
        await connection.until("^JOIN")
        await connection.handled(
            "@time=2026-11-20T12:00:00.000Z :recapbot!recap@bot.example JOIN #ptg * :recapbot",
            f"@time=2026-11-20T11:30:00.000Z {ALICE} PRIVMSG #ptg :+old",
            f"@time=2026-11-20T12:00:01.000Z {ALICE} PRIVMSG #ptg :+new",
        )

    talk(scenario, answers, timing=Timing(kicked=(0.0,), quit=0.02))
    assert [request.text for request in answers.requests] == ["+new"]


def test_answers_go_where_they_belong() -> None:
    """Private answers go to the asker; long work is announced and finished in the same place, under the newest nick."""
    release: list[asyncio.Future[Reply]] = []

    def handle(request: Request) -> Reply | None:
        if request.text == "+work":
            release.append(asyncio.get_running_loop().create_future())
            return Reply(("working",), private=True, later=lambda: release[0])
        return Reply(("private",), private=True) if request.text == "+private" else None

    async def scenario(connection: FakeConnection) -> None:
        assert await connection.handled(f"{BOB} PRIVMSG #ptg :+private") == ["PRIVMSG bob :private"]
        assert await connection.handled(f"{ALICE} PRIVMSG #ptg :+work") == ["PRIVMSG alice :working"]
        await connection.handled(f"{ALICE} NICK alina")
        release[0].set_result(Reply(("done", "and done"), private=True))
        assert [await connection.line() for _ in range(2)] == ["PRIVMSG alina :done", "PRIVMSG alina :and done"]

    talk(scenario, handle)


def test_long_work_may_go_on() -> None:
    """What comes of long work may itself announce more, and all of it is said."""

    async def second() -> Reply:
        return Reply(("end",))

    async def first() -> Reply:
        return Reply(("middle",), later=second)

    async def scenario(connection: FakeConnection) -> None:
        connection.send(f"{BOB} PRIVMSG #ptg :+work")
        said = [await connection.until("PRIVMSG") for _ in range(3)]
        assert said == ["PRIVMSG #ptg :begin", "PRIVMSG #ptg :middle", "PRIVMSG #ptg :end"]

    talk(scenario, lambda request: Reply(("begin",), later=first))


def test_nobody_is_highlighted_but_the_asker_and_the_bot() -> None:
    """In a room, nicks of those present are broken invisibly; by direct message there is nobody to disturb."""

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(f"{BOB} PRIVMSG #ptg :+who", f"{BOB} PRIVMSG recapbot :who")
        assert said == [
            "PRIVMSG #ptg :bob, a\u2060lice and dora: say recapbot: help",
            "PRIVMSG bob :bob, alice and dora: say recapbot: help",
        ]

    talk(scenario, lambda request: Reply(("bob, alice and dora: say recapbot: help",)))


def test_a_fault_in_a_handler_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    """What a person can put right is told to them; anything else is logged, and said in one sentence or (room) not."""

    async def fails() -> Reply:
        raise RuntimeError("secret path /var/lib")

    def handle(request: Request) -> Reply | None:
        match request.text.lstrip("+"):
            case "user":
                raise UserError("Say which team.")
            case "later":
                return Reply(("working",), later=fails)
            case "fine":
                return Reply(("fine",))
        raise RuntimeError("secret path /var/lib")

    async def scenario(connection: FakeConnection) -> None:
        assert await connection.handled(f"{BOB} PRIVMSG #ptg :+user") == ["PRIVMSG #ptg :Say which team."]
        assert await connection.handled(f"{BOB} PRIVMSG #ptg :+boom") == []
        assert await connection.handled(f"{BOB} PRIVMSG recapbot :boom") == [
            "PRIVMSG bob :Something went wrong with that. It is in the bot's log."
        ]
        await connection.handled(f"{BOB} PRIVMSG #ptg :+later")
        assert "Something went wrong" in await connection.line()
        assert await connection.handled(f"{BOB} PRIVMSG #ptg :+fine") == ["PRIVMSG #ptg :fine"]
        assert not any("secret" in line for line in connection.heard)

    talk(scenario, handle)
    assert caplog.text.count("secret path") >= 3


def test_the_eleventh_question_at_once_is_told_so_once() -> None:
    """Ten wait; one refusal is said, ahead of them; talk that is no question is not touched; all that were taken are
    answered."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        lines = [f"{ALICE} PRIVMSG #ptg :+{number}" for number in range(30)]
        said = await connection.handled(*lines, f"{ALICE} PRIVMSG #ptg :just talking", f"{BOB} PRIVMSG #ptg :+bob")
        taken = [request.text for request in answers.requests if request.text != "just talking"]
        assert "+bob" in taken and 10 < len(taken) < 20
        while len(said) < len(taken) + 1:
            said.append(await connection.until("^PRIVMSG"))
        refusal = "PRIVMSG #ptg :alice: Too many at once: 10 of your questions are waiting."
        assert [line for line in said if "Too many" in line] == [f"{refusal} Ask again when they are answered."]
        assert sorted(line for line in said if "Too many" not in line) == sorted(
            f"PRIVMSG #ptg :answer to {text}" for text in taken
        )
        assert max(said.index(line) for line in said if "Too many" in line or "bob" in line) < len(said) - 8

    talk(scenario, answers, burst=4, rate=20.0)
    assert "just talking" in [request.text for request in answers.requests]


def test_loops_end() -> None:
    """An echo of our own words is not answered, nor is an answer given that repeats the question."""
    answers = Answers(lambda request: Reply((f"I do not know {request.text[:4]!r}.",)))

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(f"{BOB} PRIVMSG recapbot :hello")
        for _ in range(5):
            said = await connection.handled(*(line.replace("PRIVMSG bob", f"{BOB} PRIVMSG recapbot") for line in said))
        assert said == []
        assert await connection.handled(f"{BOB} PRIVMSG recapbot :I do not know 'I do'.") == []

    talk(scenario, answers)
    assert len(answers.requests) == 2


def test_what_cannot_be_seen_is_handed_on_where_it_was_said_to_us_alone() -> None:
    """Control characters alone, by direct message: there is a sentence for that."""
    answers = Answers()

    async def scenario(connection: FakeConnection) -> None:
        await connection.handled(f"{ALICE} PRIVMSG recapbot :\x02\x03")

    talk(scenario, answers)
    assert [request.text for request in answers.requests] == ["\x02\x03"]


def test_ctcp_is_answered_sparingly() -> None:
    """VERSION and PING by direct message, one in a while; nothing else, and nobody in a room."""

    async def scenario(connection: FakeConnection) -> None:
        version, ping = f"{ALICE} PRIVMSG recapbot :\x01VERSION\x01", f"{BOB} PRIVMSG recapbot :\x01PING 12345\x01"
        assert await connection.handled(f"{ALICE} PRIVMSG #ptg :\x01VERSION\x01") == []
        assert await connection.handled(*[version] * 50) == ["NOTICE alice :\x01VERSION recapbot\x01"]
        assert await connection.handled(ping, f"{BOB} PRIVMSG recapbot :\x01TIME\x01") == []

    talk(scenario)

    async def patient(connection: FakeConnection) -> None:
        assert await connection.handled(f"{BOB} PRIVMSG recapbot :\x01PING 1 2\x01") == ["NOTICE bob :\x01PING 1 2\x01"]
        (long,) = await connection.handled(f"{BOB} PRIVMSG recapbot :\x01PING {'x' * 300}\x01")
        assert len(long) < 100

    talk(patient, timing=Timing(ctcp_every=0, quit=0.02))


def test_an_answer_to_ctcp_is_paid_for() -> None:
    """It takes its part of what the server bears: the lines after it wait for theirs."""

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(*(f"{BOB} PRIVMSG recapbot :\x01PING {n}\x01" for n in range(40)))
        assert len(said) == 40
        connection.send(f"{ALICE} PRIVMSG #ptg :+actions")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connection.until("^PRIVMSG")

    talk(scenario, burst=1, rate=0.001, timing=Timing(ctcp_every=0, quit=0.02, drain=0.02))


def test_lines_fit_with_the_prefix_that_others_see() -> None:
    """The room for text follows our own mask: as seen in JOIN, after a change of host, and after a change of nick."""
    answers = Answers(lambda request: Reply(("語" * 1000,)))

    async def scenario(connection: FakeConnection) -> None:
        masks = [
            ("recapbot!recap@bot.example", ""),
            (f"recapbot!recap@{'h' * 60}", f":fake 396 recapbot {'h' * 60} :is now your displayed host"),
            ("recapbot!r@short", ":recapbot!recap@x CHGHOST r short"),
            (f"{'n' * 30}!r@short", f":recapbot!r@short NICK {'n' * 30}"),
        ]
        for mask, change in masks:
            said = await connection.handled(*[change] * bool(change), f"{ALICE} PRIVMSG #ptg :+long")
            pieces = [line for line in said if line.startswith("PRIVMSG #ptg")]
            longest = max(len(f":{mask} {line}\r\n".encode()) for line in pieces)
            assert 512 - len("語".encode()) < longest <= 512
            assert "".join(line.removeprefix("PRIVMSG #ptg :") for line in pieces) == "語" * 1000

    talk(scenario, answers)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=300), min_size=1, max_size=20))
def test_no_answer_breaks_out_of_its_line(texts: list[str]) -> None:
    """Whatever an answer holds, each line on the wire is one message to the asker, without control characters."""

    async def scenario(connection: FakeConnection) -> None:
        said = await connection.handled(f"{ALICE} PRIVMSG #ptg :+fuzz")
        assert all(line.startswith("PRIVMSG #ptg :") and line.count("\r") == 0 and "\x00" not in line for line in said)
        assert all(len(f":recapbot!recap@bot.example {line}\r\n".encode()) <= 512 for line in said)

    talk(scenario, lambda request: Reply(tuple(texts)))
