"""The configuration of the services that hold accounts: anope, and atheme where there is no anope."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import HOST


@dataclass(frozen=True, slots=True)
class Template:
    """How one kind of services is configured and started."""

    file: str
    text: Callable[[Path, int], str]
    """(folder, port of the link) -> the configuration."""
    arguments: Callable[[Path, Path], Sequence[str]]
    """(folder, root of the tree it is installed in) -> the command line."""


def _anope(folder: Path, port: int) -> str:
    """anope wants one directive a line."""
    blocks: list[tuple[str, dict[str, str]]] = [
        ("uplink", {"host": f'"{HOST}"', "port": str(port), "password": '"linkpass"'}),
        (
            "serverinfo",
            {
                "name": '"services.test.local"',
                "description": '"services for tests"',
                "id": '"00A"',
                "pid": f'"{folder}/anope.pid"',
                "motd": f'"{folder}/motd.txt"',
            },
        ),
        ("module", {"name": '"inspircd3"', "use_server_side_mlock": "yes", "use_server_side_topiclock": "yes"}),
        (
            "networkinfo",
            {
                "networkname": '"TestNet"',
                "nicklen": "30",
                "userlen": "11",
                "hostlen": "64",
                "chanlen": "64",
                "modelistsize": "100",
                "vhost_chars": '"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"',
                "allow_undotted_vhosts": "false",
                "disallow_start_or_end": '".-"',
            },
        ),
        (
            "options",
            {
                "casemap": '"rfc1459"',
                "strictpasswords": "no",
                "badpasslimit": "0",
                "updatetimeout": "5m",
                "expiretimeout": "30m",
                "readtimeout": "1s",
                "warningtimeout": "4h",
                "timeoutcheck": "1s",
                "retrywait": "1s",
                "hidestatso": "no",
                "seed": "4711471",
            },
        ),
        ("log", {"target": '"services.log"', "logage": "1", "admin": '"*"', "servers": '"*"', "other": '"*"'}),
        *(("service", _service(name)) for name in ("NickServ", "ChanServ")),
        (
            "module",
            {
                "name": '"nickserv"',
                "client": '"NickServ"',
                "forceemail": "no",
                "confirmemailchanges": "no",
                "defaults": '"ns_private hide_email hide_mask"',
                "regdelay": "0",
                "expire": "0",
                "modeonid": "yes",
                "enforceruser": '"enf"',
                "enforcerhost": '"enf.test.local"',
                "releasetimeout": "1m",
                "guestnickprefix": '"Guest"',
                "nonicknameownership": "no",
            },
        ),
        ("module", {"name": '"chanserv"', "client": '"ChanServ"', "expire": "0", "accessmax": "100", "inhabit": "15s"}),
        ("module", {"name": '"db_flatfile"', "database": '"anope.db"', "keepbackups": "1", "fork": "no"}),
        ("module", {"name": '"ns_register"', "registration": '"none"'}),
        *(("module", {"name": f'"{name}"'}) for name in ("enc_sha256", "m_sasl", "ns_identify", "ns_logout")),
        *(("command", _command(name)) for name in ("REGISTER", "IDENTIFY", "LOGOUT")),
    ]
    return "".join(f"{kind}\n{{\n{_directives(values)}}}\n" for kind, values in blocks)


def _directives(values: dict[str, str]) -> str:
    return "".join(f"  {key} = {value}\n" for key, value in values.items())


def _service(name: str) -> dict[str, str]:
    return {"nick": f'"{name}"', "user": '"services"', "host": '"services.test.local"', "gecos": f'"{name}"'}


def _command(name: str) -> dict[str, str]:
    return {"service": '"NickServ"', "name": f'"{name}"', "command": f'"nickserv/{name.lower()}"'}


ANOPE = Template(
    "services.conf",
    _anope,
    lambda folder, root: [
        "-n",
        f"--confdir={folder}",
        f"--dbdir={folder}",
        f"--logdir={folder}",
        f"--modulesdir={root / 'usr/lib/anope'}",
    ],
)

ATHEME_MODULES = """
protocol/inspircd backend/opensex crypto/posix nickserv/main nickserv/identify nickserv/logout nickserv/register
chanserv/main operserv/main saslserv/main saslserv/plain
""".split()


def _atheme(folder: Path, port: int) -> str:
    where = 'host = "services.test.local"; user = "services"'
    servants = "".join(
        f'{name.lower()} {{ nick = "{name}"; real = "{name}"; {where}; {more} }};\n'
        for name, more in (
            ("NickServ", "spam; maxnicks = 50; expire = 0;"),
            ("ChanServ", "maxchans = 50; expire = 0;"),
            ("SaslServ", ""),
            ("OperServ", ""),
        )
    )
    modules = "".join(f'loadmodule "modules/{name}";\n' for name in ATHEME_MODULES)
    return f"""{modules}
serverinfo {{ name = "services.test.local"; desc = "services for tests"; numeric = "00A"; recontime = 1;
  netname = "TestNet"; hidehostsuffix = "users.test.local"; adminname = "tests"; adminemail = "tests@localhost";
  registeremail = "tests@localhost"; mta = "/bin/true"; loglevel = {{ error; info; network; }}; maxlogins = 50;
  maxusers = 0; mdlimit = 30; emaillimit = 1000; emailtime = 1; auth = none; casemapping = rfc1459; }};
uplink "irc.test.local" {{ host = "{HOST}"; port = {port}; send_password = "linkpass";
  receive_password = "linkpass"; }};
{servants}
general {{ uflags = {{ hidemail; }}; flood_msgs = 0; flood_time = 10; ratelimit_uses = 0; ratelimit_period = 0;
  kline_time = 7; clone_time = 0; commit_interval = 5; default_clone_allowed = 1000; default_clone_warn = 1000;
  uplink_sendq_limit = 1048576; language = "en"; }};
"""


ATHEME = Template(
    "atheme.conf",
    _atheme,
    lambda folder, root: [
        "-n",
        *("-c", f"{folder}/atheme.conf"),
        *("-D", str(folder)),
        *("-l", f"{folder}/atheme.log"),
        *("-p", f"{folder}/atheme.pid"),
    ],
)
