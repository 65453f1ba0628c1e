"""Lists in an application's variable: what such a list means to the application."""

from __future__ import annotations

from untilup import checks, display
from untilup.cli.readings import Readings
from untilup.cli.variables import value_forms
from untilup.cli.variables.pairs import Completion
from untilup.cli.variables.reference import ALL, ANY
from untilup.errors import InvalidTarget
from untilup.targets import url
from untilup.targets.target import NOTHING, Target
from untilup.targets.tls_options import TLS_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from untilup.cli.variables.reference import Reference

_MIXED = f"{display.HIDDEN_VALUE} has a URL and a part without a scheme; write a scheme for each part, or for none"


class ValueList(Readings):
    """The targets in *text*, the value of the variable that is *asked* for; *port* is that of the pair.

    URLs of one scheme are the servers of one service, and so are all of which *asked* has the scheme: any
    server will do. Other targets are all waited for.
    """

    def __init__(
        self, text: str, port: str, settle: float, asked: Reference, warnings: list[str]
    ) -> None:
        super().__init__(value_forms.without_chroot(text, asked))
        self._settle = settle
        self._asked = asked
        self._completion = Completion(asked, port, warnings)

    def found(self) -> list[Target]:
        """Return all of them, or one of which any server will do."""
        asked = self._asked
        found, is_one_service = self._members()
        found = list(dict.fromkeys(found))
        if asked.wants_all:
            return [one for each in found for one in _each_host(each)]
        chooses = is_one_service or asked.scheme or asked.wants_any
        if len(found) == 1 or not chooses or any(each.scheme == NOTHING for each in found):
            return found
        return [any_of(found, asked.source)]

    def _members(self) -> tuple[list[Target], bool]:
        """Return the targets, and whether they are servers of one service."""
        text, asked = self._text, self._asked
        members = value_forms.json_array(text)
        pieces = members or [text[begin:end] for begin, end in self._spans]
        if pieces and (listeners := value_forms.kafka_listeners(pieces, asked)):
            # The options of TLS are for those that use it, if there are any.
            tls = [each for each in listeners if "#" in each]
            return [
                asked.parse(each, self._settle, () if each in tls or not tls else TLS_OPTIONS)
                for each in listeners
            ], True
        if servers := value_forms.stack_exchange(text, asked):
            return [asked.parse(each, self._settle) for each in servers], True
        if members:
            found = [one for each in members for one in self._read(each)]
            return found, _are_of_one_scheme(members[0], found)
        if not self._spans:
            raise InvalidTarget(f"{asked.value_of(asked.host)} has no target")
        # With a user, what separates may be a part of the password.
        if len(self._spans) <= 1 or ("@" in text and "://" not in text):
            return self._read(self._piece(0, len(self._spans))), False
        found = self.targets()
        return found, _are_of_one_scheme(self._piece(0, 1), found)

    def _url_and_following(self, first: int, after: int) -> list[Target]:
        """Return the targets of a URL, which may have several hosts, or of what is no URL."""
        if not self._opens(first):
            return super()._url_and_following(first, after)
        text = self._piece(first, after)
        if each := value_forms.url_for_each_host(text):
            return [one for its in each for one in self._read(its)]
        if self._is_one_with_several_hosts(text):
            return self._read(text)
        found = super()._url_and_following(first, after)
        if len(found) > 1:
            raise InvalidTarget(_MIXED)
        return found

    def _read(self, text: str) -> list[Target]:
        """Return the one target that *text* is, once it is complete."""
        asked = self._asked
        if text.startswith((display.COMMAND, display.FROM_ENVIRONMENT)):
            raise InvalidTarget(f"{display.HIDDEN_VALUE} must not be an env: or exec: target")
        if len(self._spans) > 1 and ":" not in text and not asked.completes:
            raise InvalidTarget(
                f"{display.HIDDEN_VALUE} has a part that is no target; {url.HOST_OR_URL}; for hosts alone, add scheme= or default-port="
            )
        found = asked.parse(self._completion.target(text), self._settle)
        is_other = found.scheme != NOTHING and not checks.is_same(found.scheme, asked.scheme)
        if asked.scheme and is_other:
            raise InvalidTarget(
                f"{asked.value_of(asked.host)} has another scheme than scheme={asked.scheme}; leave that out"
            )
        return [found]


def _are_of_one_scheme(first: str, found: list[Target]) -> bool:
    """Tell whether the targets that were *found* are URLs of one scheme; *first* is the text of the first."""
    # Of those that are waited for by their port, the note has the scheme.
    return url.is_url(first) and len({(each.scheme, each.note) for each in found}) == 1


def _each_host(target: Target) -> list[Target]:
    """Return a target for each host of *target*."""
    if len(target.hosts) < 2:  # noqa: PLR2004 - there is nothing to part
        return [target]
    return [target.replace(hosts=[where]) for where in target.hosts]


def any_of(found: list[Target], source: str) -> Target:
    """Return one target, of which any server will do, for the servers of one service in *source*."""
    first = found[0]
    hosts = [where for each in found for where in each.hosts]
    cure = f"write {source}#{ALL} to wait for all of them"
    problem = ""
    if len({(each.scheme, each.note) for each in found}) > 1:
        problem = f"has targets of different schemes, of which '{ANY}' cannot choose"
    elif not all(each.hosts for each in found):
        problem = "is a list of paths, and any one of a list is enough only for servers"
    elif len({*hosts}) < len(hosts):
        problem = "is a list of URLs, of which two have the same host"
    elif len({(each.settle, each.timeout, each.optional) for each in found}) > 1:
        problem = "is a list of URLs with different options"
    if problem:
        raise InvalidTarget(f"{display.HIDDEN_VALUE} {problem}; {cure}")
    return Target(
        *(first.scheme, first.host, first.port, first.settle),
        path=first.path,
        user=first.user,
        options={**first.options, "timeout": first.timeout, "optional": first.optional},
        others=hosts[1:],
        either={where: each for each in found for where in each.hosts},
        source=source,
        note=first.note,
    )
