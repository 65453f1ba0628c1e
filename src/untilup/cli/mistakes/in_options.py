"""What is wrong with options that typer refuses, and what was probably meant."""

from __future__ import annotations

import itertools

from untilup import display
from untilup.cli.mistakes import in_arguments
from untilup.cli.mistakes.in_targets import DASHES, RefusedTarget, bare_problem
from untilup.cli.similar import nearest
from untilup.errors import UsageError
from untilup.options import SPELLINGS
from untilup.values import FLAG

SEE = "see untilup --help"
_TARGETS = "targets are arguments, without an option: untilup db:5432"
_DELAY = "--delay and --max-delay limit the time between attempts"
_TRIES = "untilup tries until --timeout has passed"
_COMMAND = "the command follows --: untilup db:5432 -- COMMAND"
_HEADER = "it is an option of a target: 'http://HOST#header=NAME:VALUE'"
_STATUS = "it is an option of a target: 'http://HOST#status=200'"
_INSECURE = "it is an option of a target: 'https://HOST#insecure'"
_TLS = "TLS is for each target: https://HOST, rediss://HOST, 'kafka://HOST#tls'"
_ATTEMPT = "use --attempt-timeout"
# The options of other waiting tools and of curl.
FOREIGN = {
    option: advice
    for advice, options in {
        _TARGETS: "--host --hosts --port -p --service --services --target --targets --address --addr --url --tcp --http -w",
        _DELAY: "--interval -i --retry-interval --poll-interval --sleep --wait-retry-interval --period",
        _TRIES: "--retries -r --retry --attempts --max-attempts --tries --count",
        _COMMAND: "--exec --command --cmd -c",
        _HEADER: "--header -H --wait-http-header",
        _STATUS: "--status --status-code --expect-status-code",
        _INSECURE: "--insecure -k --insecure-skip-tls-verify",
        _TLS: "--tls --ssl",
        _ATTEMPT: "--connection-timeout --connect-timeout --http-timeout --tcp-timeout --httpTimeout --tcpTimeout",
        "use --down": "--reverse --invert --invert-check",
        "use --once": "--check --dry-run --diagnose --doctor",
        "use --verbose": "--debug --trace -d",
        "use --quiet": "--silent --no-verbose",
        "use --timeout 0": "--no-timeout --forever",
        "use --timeout": "--max-time --wait-timeout",
        "--strict is the default, and targets are arguments, without an option": "-s",
        "use --log-format json": "--json",
        "untilup always waits, until --timeout has passed": "--wait",
        "untilup always waits for all targets at the same time": "--parallel",
        "untilup has no configuration file; set options by UNTILUP_ variables": "--config",
    }.items()
    for option in options.split()
}


def before_parsing(words: list[str]) -> None:
    """Raise UsageError for options that typer would read as something else."""
    for word, after in itertools.pairwise([*words, ""]):
        if word == "-h" and after and ":" not in after and not after.startswith("-"):
            raise UsageError(f"-h is --help; {_TARGETS}")
        if word.startswith("-") and not word.startswith("--") and f"-{word}" in _LONG:
            raise UsageError(f"{word}: a long option has two dashes; write -{word}")
        flag = word.partition("=")[0]
        # The option of Go programs, of which typer would read only the first letters.
        if len(flag) > len("-w") and f"-{flag}" in FOREIGN:
            # dockerize's -wait has a target; another tool's --wait has none.
            advice = _TARGETS if flag == "-wait" else FOREIGN[f"-{flag}"]
            raise UsageError(f"no option {flag}; {advice}")
        if word.startswith("-") and len(word.split()) > 1:
            _raise_if_two_arguments(word)


def _raise_if_two_arguments(word: str) -> None:
    """Raise UsageError if *word* is an option and its value, or more arguments, in one."""
    first, *others = word.split()
    flag = first.partition("=")[0]
    if any(other == "--" or other.startswith("--") for other in others):
        raise UsageError(f"a whole command line is in one argument; {in_arguments.ONE_ARGUMENT}")
    if first == flag and flag in _LONG_FORMS:
        raise UsageError(
            f"{flag} and its value are in one argument; pass two arguments, or {_LONG_FORMS[flag]}=VALUE"
        )


def explain(problem: str, name: str, words: list[str], *, has_command: bool) -> UsageError:
    """Return the error for the option *name* of *words*; typer says that *problem* of it.

    *has_command* tells whether a ``--`` follows the words.
    """
    if error := _not_an_option(words, name, has_command=has_command):
        return error
    if name in _LONG_FORMS or "requires an argument" in problem:
        cure = f"write {SPELLINGS[name][0].kind.accepted}" if name in _LONG_FORMS else SEE
        return UsageError(f"{name} needs a value; {cure}")
    if name in _FLAGS or name == "-=" or "does not take a value" in problem:
        flag = next((word.partition("=")[0] for word in words if _is_flag_with_value(word)), name)
        return UsageError(f"{flag} takes no value")
    if advice := FOREIGN.get(name):
        return UsageError(f"no option {name}; {advice}")
    if not {*"@:=;"}.isdisjoint(name) or display.names_a_secret(name):
        return UsageError(f"there is no such option {display.NOT_SHOWN}; {SEE}")
    near = _near(name)
    cure = f"did you mean {near}?" if near else SEE
    return UsageError(f"no option {display.printable(name)}; {cure}")


def _not_an_option(words: list[str], name: str, *, has_command: bool) -> UsageError | None:
    """Return the error for what precedes the option *name*, if that is the first mistake."""
    for at, (before, word) in enumerate(itertools.pairwise(["", *words])):
        if word[:1] in DASHES and (problem := bare_problem(word)):
            return RefusedTarget(word, problem)
        if word.partition("=")[0] == name:
            return None
        is_value = before.startswith("-") and before not in _FLAGS
        if not (word.startswith("-") or is_value or has_command) and in_arguments.is_bare(word):
            if at or name not in FOREIGN:
                return in_arguments.missing_dashes(word, display.malformed(word))
            return None
    return None


def _is_flag_with_value(word: str) -> bool:
    """Tell whether *word* is a flag, which takes no value, with a value: ``--quiet=1``, ``-q=1``."""
    return word.partition("=")[0] in _FLAGS and "=" in word


def _near(name: str) -> str:
    """Return the option that *name* is the beginning of, or is spelled like, or nothing."""
    letters = name.lstrip("-").lower().replace("_", "-")
    known = [flag.removeprefix("--") for flag in _LONG]
    begun = [flag for flag in known if len(letters) > 1 and flag.startswith(letters)]
    found = begun[0] if len(begun) == 1 else nearest(letters, known)
    return f"--{found}" if found else ""


_FLAGS = {
    *(spelling for spelling, (option, _) in SPELLINGS.items() if option.kind is FLAG),
    *("-h", "--help", "-V", "--version"),
}
_LONG = {*(each for each in (*SPELLINGS, *_FLAGS) if each.startswith("--"))}
# The long form of each option that takes a value: a value may follow it in the same argument.
_LONG_FORMS = {
    spelling: option.flag for spelling, (option, _) in SPELLINGS.items() if option.kind is not FLAG
}
