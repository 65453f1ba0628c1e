"""Names as getent finds them: the wheel asks Debian's C library, the executable its own resolver."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.netns.namespaces import Namespace, Untilup
from tests.netns.scripted_dns import (
    FORMAT_ERROR,
    NO_SUCH_NAME,
    NONE,
    NOT_IMPLEMENTED,
    REFUSED,
    SERVER_FAILURE,
    SILENT,
    UNKNOWN,
    Answer,
    Script,
    Server,
    has,
)
from tests.support import json_log
from tests.support.untilup_process import BINARY, PATIENCE, WHEEL

pytestmark = pytest.mark.netns

# Where the servers are, in their order in resolv.conf.
SERVERS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
QUICK = "options timeout:2 attempts:1\n"
V4, V6, OTHER = "192.0.2.1", "2001:db8:1::1", "192.0.2.2"
BOTH = has(V4, V6)
LOCALHOST = "127.0.0.1 localhost\n"
LABEL = "x" * 63
# 253 characters, as many as a name may have.
LONGEST = ".".join([LABEL, LABEL, LABEL, "y" * 61])


@dataclass(frozen=True)
class Situation:
    """A *host* that is looked up, and all that decides what comes of it.

    *servers* are scripts, each of one server; None is an address at which there is none. *resolv*
    stands in resolv.conf after the servers, unless it names servers itself; *environ* is added.
    """

    host: str = "db.example"
    servers: Sequence[Script | None] = ()
    resolv: str = ""
    hosts: str = LOCALHOST
    environ: Mapping[str, str] = field(default_factory=dict)

    def resolv_conf(self) -> str:
        if "nameserver" in self.resolv:
            return self.resolv
        named = [f"nameserver {address}\n" for address in SERVERS[: len(self.servers)]]
        return "".join(named) + self.resolv


def families(a: Answer, aaaa: Answer, **others: str) -> Situation:
    """Return a lookup of db.example for which a server has these answers, by the type that is asked for."""
    return Situation(servers=[{"db.example A": a, "db.example AAAA": aaaa}], **others)  # type: ignore[arg-type]


def searched(host: str, script: Script, resolv: str) -> Situation:
    """Return a lookup of *host* with what resolv.conf says of domains."""
    return Situation(host, [script], resolv)


def in_hosts(hosts: str, host: str = "db.example") -> Situation:
    """Return a lookup of *host* in a hosts file, behind which a server knows another address."""
    return Situation(host, [{"*": has(OTHER)}], hosts=hosts)


CODES = {
    "FORMERR": FORMAT_ERROR,
    "SERVFAIL": SERVER_FAILURE,
    "NOTIMP": NOT_IMPLEMENTED,
    "REFUSED": REFUSED,
    "code 9": 9,
}
TWO = "search one.test two.test\n"
IN_TWO = {"db.two.test": BOTH}
IN_ONE = {"db.one.test": BOTH}

SITUATIONS = {
    # What is answered for each family.
    "A and AAAA": families(BOTH, BOTH),
    "A alone": families(BOTH, NONE),
    "AAAA alone": families(NONE, BOTH),
    "no address": families(NONE, NONE),
    "unknown": families(UNKNOWN, UNKNOWN),
    "A, and AAAA NXDOMAIN": families(BOTH, UNKNOWN),
    "A NXDOMAIN, and AAAA": families(UNKNOWN, BOTH),
    **{f"A, and AAAA {name}": families(BOTH, Answer(code=code)) for name, code in CODES.items()},
    **{f"A {name}, and AAAA": families(Answer(code=code), BOTH) for name, code in CODES.items()},
    **{f"{name} to both": families(Answer(code=code), Answer(code=code)) for name, code in CODES.items()},
    "A NODATA, and AAAA SERVFAIL": families(NONE, Answer(code=SERVER_FAILURE)),
    "A NODATA, and AAAA REFUSED": families(NONE, Answer(code=REFUSED)),
    "A, and no answer to AAAA": families(BOTH, SILENT, resolv=QUICK),
    "no answer to A, and AAAA": families(SILENT, BOTH, resolv=QUICK),
    "an alias": families(Answer((V4,), alias="real.example"), Answer(alias="real.example")),
    "an alias of both": families(*[Answer((V4, V6), alias="real.example")] * 2),
    "an alias without an address": families(*[Answer(alias="real.example")] * 2),
    "several addresses": families(has(V4, OTHER), has(V6, "2001:db8:1::2")),
    "40 addresses": families(*[Answer(truncated=True, by_tcp=has(*(f"192.0.2.{n}" for n in range(40))))] * 2),
    # Search lists and ndots.
    "in the first domain": searched("db", IN_ONE, TWO),
    "in the second domain": searched("db", IN_TWO, TWO),
    "NODATA in the first domain": searched("db", {"db.one.test": NONE, **IN_TWO}, TWO),
    "SERVFAIL in the first domain": searched("db", {"db.one.test": Answer(code=SERVER_FAILURE), **IN_TWO}, TWO),
    "REFUSED in the first domain": searched("db", {"db.one.test": Answer(code=REFUSED), **IN_TWO}, TWO),
    "NOTIMP in the first domain": searched("db", {"db.one.test": Answer(code=NOT_IMPLEMENTED), **IN_TWO}, TWO),
    "FORMERR in the first domain": searched("db", {"db.one.test": Answer(code=FORMAT_ERROR), **IN_TWO}, TWO),
    "REFUSED in the first domain, as it is": searched("db", {"db.one.test": Answer(code=REFUSED), "db": BOTH}, TWO),
    "silence in the first domain": searched("db", {"db.one.test": SILENT, **IN_TWO}, TWO + QUICK),
    "silence in the first domain, as it is": searched("db", {"db.one.test": SILENT, "db": BOTH}, TWO + QUICK),
    "SERVFAIL in all domains": searched("db", {"db.one.test": Answer(code=SERVER_FAILURE), "db.two.test": Answer(code=SERVER_FAILURE)}, TWO),
    "an alias without an address in the first domain": searched("db", {"db.one.test": Answer(alias="x.test"), **IN_TWO}, TWO),
    "A NXDOMAIN and AAAA in the first domain": searched("db", {"db.one.test A": UNKNOWN, "db.one.test AAAA": BOTH, **IN_TWO}, TWO),
    "A SERVFAIL and AAAA NODATA in the first domain": searched("db", {"db.one.test A": Answer(code=SERVER_FAILURE), "db.one.test AAAA": NONE, **IN_TWO}, TWO),
    "as it is, after the domains": searched("db", {"db": BOTH}, TWO),
    "in no domain and not as it is": searched("db", {}, TWO),
    "a dot, as it is first": searched("db.x", {"db.x": has(V4), "db.x.one.test": has(OTHER)}, TWO),
    "a dot, with a domain after all": searched("db.x", {"db.x.two.test": BOTH}, TWO),
    "a dot, NODATA, with a domain after all": searched("db.x", {"db.x": NONE, "db.x.two.test": BOTH}, TWO),
    "a dot, SERVFAIL, with a domain after all": searched("db.x", {"db.x": Answer(code=SERVER_FAILURE), "db.x.two.test": BOTH}, TWO),
    "a dot, REFUSED, with a domain after all": searched("db.x", {"db.x": Answer(code=REFUSED), "db.x.two.test": BOTH}, TWO),
    "a dot at the end": searched("db.", {"db": has(V4), "db.one.test": has(OTHER)}, TWO),
    "a dot at the end, unknown": searched("db.", IN_ONE, TWO),
    "fewer dots than ndots": searched("db.x", {"db.x": has(OTHER), "db.x.one.test": BOTH}, TWO + "options ndots:2\n"),
    "ndots:0": searched("db", {"db": BOTH, "db.one.test": has(OTHER)}, TWO + "options ndots:0\n"),
    "ndots:0, in a domain": searched("db", IN_ONE, TWO + "options ndots:0\n"),
    "ndots:15": searched("a.b.c.d", {"a.b.c.d.one.test": BOTH, "a.b.c.d": has(OTHER)}, TWO + "options ndots:15\n"),
    "ndots:99": searched("a.b", {"a.b.one.test": BOTH, "a.b": has(OTHER)}, TWO + "options ndots:99\n"),
    "domain": searched("db", IN_ONE, "domain one.test\n"),
    "domain before search": searched("db", IN_TWO, "domain one.test\nsearch two.test\n"),
    "search before domain": searched("db", IN_TWO, "search one.test\ndomain two.test\n"),
    "two search lists": searched("db", IN_ONE, "search one.test\nsearch two.test\n"),
    "a domain that begins with a dot": searched("db", IN_ONE, "search .one.test\n"),
    "a domain that ends with a dot": searched("db", IN_ONE, "search one.test.\n"),
    "the root as a domain": searched("db", {"db": BOTH}, "search .\n"),
    "tabs between domains": searched("db", IN_TWO, "search\tone.test\t two.test \n"),
    "a list of 1,000 characters": searched("db", IN_TWO, f"search {' '.join(f'domain-{n:02}.example.test' for n in range(40))} two.test\n"),
    "seven domains": searched("db", {"db.d7.test": BOTH}, f"search {' '.join(f'd{n}.test' for n in range(1, 8))}\n"),
    "no search list, and a name without a dot": searched("db", {"db": BOTH}, ""),
    "LOCALDOMAIN": Situation("db", [IN_TWO], "search one.test\n", environ={"LOCALDOMAIN": "two.test"}),
    "RES_OPTIONS": Situation("a.b", [{"a.b.one.test": BOTH, "a.b": has(OTHER)}], "search one.test\n", environ={"RES_OPTIONS": "ndots:3"}),
    # Several servers.
    "the first knows it": Situation(servers=[{"db.example": has(V4)}, {"db.example": has(OTHER)}]),
    "the first has no such name": Situation(servers=[{}, {"db.example": has(OTHER)}]),
    "the first has no such name, and is slow": Situation(servers=[{"*": Answer(code=NO_SUCH_NAME, late=0.1)}, {"db.example": has(OTHER)}]),
    "the first is slow": Situation(servers=[{"db.example": Answer((V4,), late=0.3)}, {}]),
    "the first has no address": Situation(servers=[{"db.example": NONE}, {"db.example": has(OTHER)}]),
    **{
        f"the first answers {name}": Situation(servers=[{"*": Answer(code=code)}, {"db.example": BOTH}])
        for name, code in CODES.items()
    },
    "the first is not there": Situation(servers=[None, {"db.example": BOTH}]),
    "the first is silent": Situation(servers=[{"*": SILENT}, {"db.example": BOTH}], resolv=QUICK),
    "the first two are silent": Situation(servers=[{"*": SILENT}, {"*": SILENT}, {"db.example": BOTH}], resolv=QUICK),
    "the first is silent, the second has no such name": Situation(servers=[{"*": SILENT}, {}], resolv=QUICK),
    "the first refers to others": Situation(servers=[{"*": Answer(referral=True)}, {"db.example": BOTH}]),
    "all fail": Situation(servers=[{"*": Answer(code=SERVER_FAILURE)}] * 3),
    "none is there": Situation(servers=[None, None]),
    "all are silent": Situation(servers=[{"*": SILENT}], resolv=QUICK),
    "four of them": Situation(servers=[{"*": Answer(code=SERVER_FAILURE)}] * 3, resolv="".join(f"nameserver 127.0.0.{n}\n" for n in (1, 2, 3, 4))),
    "IPv6 before IPv4": Situation(servers=[{"db.example": BOTH}], resolv="nameserver ::1\nnameserver 127.0.0.1\n"),
    "a server that is no address": Situation(servers=[{"db.example": BOTH}], resolv="nameserver dns.example\nnameserver 127.0.0.1\n"),
    "no server named": Situation(servers=[{"db.example": BOTH}], resolv="# nameserver\n"),
    # Answers that fail at first, that are late, truncated.
    "SERVFAIL at first": families(*[Answer((V4, V6), first=Answer(code=SERVER_FAILURE))] * 2),
    "no answer at first": families(*[Answer((V4, V6), first=SILENT)] * 2, resolv="options timeout:2 attempts:2\n"),
    "late": families(*[Answer((V4, V6), late=0.5)] * 2, resolv=QUICK),
    "too late": families(*[Answer((V4, V6), late=4.0)] * 2, resolv=QUICK),
    "late for one attempt": families(*[Answer((V4, V6), late=2.5)] * 2, resolv="options timeout:2 attempts:2\n"),
    "A late": families(Answer((V4,), late=0.5), NONE),
    "truncated": families(*[Answer(truncated=True, by_tcp=BOTH)] * 2),
    "A truncated": families(Answer(truncated=True, by_tcp=BOTH), BOTH),
    "truncated, and NXDOMAIN": families(*[Answer(truncated=True, by_tcp=UNKNOWN)] * 2),
    "truncated, and SERVFAIL": Situation(servers=[{"*": Answer(truncated=True, by_tcp=Answer(code=SERVER_FAILURE))}, {"db.example": BOTH}]),
    # Options.
    "attempts:0": Situation(servers=[{"db.example": BOTH}], resolv="options attempts:0\n"),
    "attempts:99": Situation(servers=[{"db.example": BOTH}], resolv="options attempts:99\n"),
    "timeout:0": Situation(servers=[{"db.example": BOTH}], resolv="options timeout:0\n"),
    "timeout:0, late": families(*[Answer((V4, V6), late=0.2)] * 2, resolv="options timeout:0 attempts:1\n"),
    "timeout:x": Situation(servers=[{"db.example": BOTH}], resolv="options timeout:x attempts: ndots:\n"),
    "rotate": Situation(servers=[{"db.example": BOTH}, {"db.example": BOTH}], resolv="options rotate\n"),
    "use-vc": Situation(servers=[{"*": Answer(silent=True, by_tcp=BOTH)}], resolv="options use-vc\n"),
    "use-vc, unknown": Situation(servers=[{"*": Answer(silent=True, by_tcp=UNKNOWN)}], resolv="options use-vc\n"),
    "no-aaaa": Situation(servers=[{"db.example": BOTH}], resolv="options no-aaaa\n"),
    "no-tld-query": Situation("db", [{"db": BOTH}], "search one.test\noptions no-tld-query\n"),
    "edns0": Situation(servers=[{"db.example": BOTH}], resolv="options edns0 trust-ad\n"),
    "single-request": Situation(servers=[{"db.example": BOTH}], resolv="options single-request\n"),
    "unknown options": Situation(servers=[{"db.example": BOTH}], resolv="options nonsense xndots:9\noption ndots:9\n"),
    "comments": Situation("db", [IN_ONE], "; search two.test\n#search three.test\nsearch one.test\n"),
    "space before a word": Situation("db", [IN_TWO], "search two.test\n search one.test\n"),
    "no end of the last line": Situation("db", [IN_ONE], "search one.test"),
    # Lengths and case.
    "the longest label": Situation(f"{LABEL}.example", [{f"{LABEL}.example": BOTH}]),
    "the longest name": Situation(LONGEST, [{LONGEST: BOTH}]),
    "too long with the first domain": Situation(LONGEST[:-4], [{LONGEST[:-4]: BOTH}], f"search {LABEL}.test\noptions ndots:9\n"),
    "too long with the first domain, in the second": Situation(LONGEST[:200], [{f"{LONGEST[:200]}.b": BOTH}], f"search {LABEL}.test b\noptions ndots:9\n"),
    "upper case": Situation("DB.Example", [{"db.example": BOTH}]),
    "an underscore": Situation("my_db", [{"my_db": BOTH}]),
    "a hyphen first": Situation("-db.example", [{"-db.example": BOTH}]),
    "an alias of strange letters": families(*[Answer((V4, V6), alias="we_ird.example")] * 2),
    "an alias of letters that no host has": families(*[Answer((V4, V6), alias="we@ird.example")] * 2),
    "an alias with a hyphen first": families(*[Answer((V4, V6), alias="-x.example")] * 2),
    "a hyphen in a label": Situation("db.-x.example", [{"*": BOTH}]),
    "the first is not there, and no such name": Situation(servers=[None, {}]),
    # Hosts files.
    "in the hosts file": in_hosts(f"{V4} db.example\n"),
    "of both families": in_hosts(f"{V4} db.example\n{V6} db.example\n"),
    "IPv6 alone": in_hosts(f"{V6} db.example\n"),
    "an alias in the hosts file": in_hosts(f"{V4} db db.example\n"),
    "upper case in the hosts file": in_hosts(f"{V4} DB.Example\n"),
    "upper case of the name": in_hosts(f"{V4} db.example\n", "DB.EXAMPLE"),
    "a dot at the end, and the hosts file": in_hosts(f"{V4} db.example\n", "db.example."),
    "a comment in the hosts file": in_hosts(f"# {V4} db.example\n{V6} other # db.example\n"),
    "a comment without a space": in_hosts(f"{V4} db.example#old\n"),
    "space before the address": in_hosts(f"  \t{V4}\tdb.example\n"),
    "no end of the last line of the hosts file": in_hosts(f"{V4} db.example"),
    "CRLF in the hosts file": in_hosts(f"{V4} db.example\r\n"),
    "a line of 2,000 characters": in_hosts(f"{V4} {' '.join(f'name-{n:04}.example' for n in range(100))} db.example\n"),
    "a part of another name": in_hosts(f"{V4} xdb.example db.examplex\n"),
    "no address in the line": in_hosts("nonsense db.example\n"),
    "a short address": in_hosts("127.1 db.example\n"),
    "an address with zeros": in_hosts("192.000.002.001 db.example\n"),
    "a mapped address": in_hosts(f"::ffff:{V4} db.example\n"),
    "an address with a zone": in_hosts("fe80::1%lo db.example\n"),
    "the same line twice": in_hosts(f"{V4} db.example\n{V4} db.example\n"),
    "two lines": in_hosts(f"{V4} db.example\n{OTHER} other db.example\n"),
    "a search domain in the hosts file": Situation("db", [{}], "search example\n", hosts=f"{V4} db.example\n"),
    "an empty hosts file": in_hosts(""),
    "localhost that is nowhere": Situation("localhost", [{}], hosts=""),
    # Texts that are addresses.
    "an address in two parts": Situation("127.1", [{}]),
    "an octal address": Situation("0177.0.0.1", [{}]),
    "a number": Situation("2130706433", [{}]),
}  # fmt: skip


REASONS = {
    "unknown": "name-unknown",
    "no address": "name-unknown",
    "an alias without an address": "name-unknown",
    "in no domain and not as it is": "name-unknown",
    "FORMERR to both": "name-unknown",
    "SERVFAIL to both": "resolver-unavailable",
    "REFUSED to both": "resolver-unavailable",
    "SERVFAIL in all domains": "resolver-unavailable",
    "none is there": "resolver-unavailable",
    "all are silent": "resolver-unavailable",
    "attempts:0": "resolver-unavailable",
}
# The wheel and getent ask the same C library. These show that what it finds arrives.
OF_THE_WHEEL = (
    *REASONS,
    "A and AAAA",
    "two lines",
    "a search domain in the hosts file",
    "a number",
)
FOUND_BY = [
    *(pytest.param(BINARY, each, id=f"executable-{name}") for name, each in SITUATIONS.items()),
    *(pytest.param(WHEEL, SITUATIONS[name], id=f"wheel-{name}") for name in OF_THE_WHEEL),
]


@pytest.mark.parametrize(("distribution", "situation"), FOUND_BY, indirect=["distribution"])
def test_the_addresses_are_those_of_getent(
    untilup: Untilup, here: Namespace, situation: Situation
) -> None:
    """Wherever getent finds addresses, untilup finds the same, and where it finds none, none."""
    put_into_place(here, situation)
    # New servers each time: what they say may depend on how often they have been asked.
    with servers_of(here, situation):
        expected = addresses_by_getent(here, situation)
    with servers_of(here, situation):
        assert addresses_by_untilup(untilup, situation) == expected


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_the_reason_is_the_same(untilup: Untilup, here: Namespace, name: str, reason: str) -> None:
    """Why a name has no address is told by the same reason, whichever resolver is asked."""
    situation = SITUATIONS[name]
    put_into_place(here, situation)
    with servers_of(here, situation):
        assert untilup.check_once(f"dns://{situation.host}").reason == reason


def put_into_place(here: Namespace, situation: Situation) -> None:
    """Write the files of a *situation*."""
    here.write("nsswitch.conf", "hosts: files dns\n")
    here.write("hosts", situation.hosts)
    here.write("resolv.conf", situation.resolv_conf())


@contextlib.contextmanager
def servers_of(here: Namespace, situation: Situation) -> Iterator[None]:
    """Run the servers of a *situation*."""
    scripts = dict(zip(SERVERS, situation.servers, strict=False))
    if "::1" in situation.resolv:
        scripts["::1"] = situation.servers[0]
    with here.inside():
        servers = [
            Server(address, script) for address, script in scripts.items() if script is not None
        ]
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(server.answering())
        yield


def addresses_by_getent(here: Namespace, situation: Situation) -> set[str]:
    """Return the addresses that getent finds; none if it does not know the name."""
    done = subprocess.run(
        [*here.words, "getent", "ahosts", "--", situation.host],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=os.environ | situation.environ,
    )
    assert done.returncode in (0, 2), done.stderr
    return {line.split()[0] for line in done.stdout.splitlines()}


def addresses_by_untilup(untilup: Untilup, situation: Situation) -> set[str]:
    """Return the addresses that untilup finds, in one attempt."""
    done = untilup.run(
        *("--once", "--log-format", "json", f"dns://{situation.host}"), env=situation.environ
    )
    assert done.returncode in (0, 124), done.stderr
    lines = json_log.read(done.stderr)
    lookup = "name lookup: resolved: "
    found = [line["detail"] for line in lines if line["event"] == "observation"]
    return {
        address
        for text in found
        if text.startswith(lookup)
        for address in text.removeprefix(lookup).split(", ")
    }
