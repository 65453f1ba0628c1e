"""What the kernel sees of untilup: signals in, then the process as it was found, then exec.

The command is to see exactly what it would have seen without untilup. What CPython has changed
before main began is undone here: it ignores SIGPIPE and SIGXFSZ, and in the C locale it sets
LC_CTYPE (PEP 538).
"""

from __future__ import annotations

import errno
import os

from untilup.display import printable
from untilup.errors import CommandNotFound, UntilupError
from untilup.events import SignalReceived
from untilup.os_errors import limit_reached
from untilup.outcomes import Interrupted
from untilup.process import command, signals
from untilup.process.signals import IGNORED_BY_CPYTHON, TERMINATION_SIGNALS, die_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import NoReturn

    from untilup.events import Inbox
else:
    import _signal as signal  # without the enumerations that the signal module makes of it

STANDARD_DESCRIPTORS = (0, 1, 2)

# What is to be done before the process is replaced or exits.
_cleanups: list[Callable[[], None]] = []


def before_the_end(cleanup: Callable[[], None]) -> None:
    """Have *cleanup* called in the main thread, before it executes anything or exits."""
    _cleanups.append(cleanup)


def _run_cleanups() -> None:
    while _cleanups:
        _cleanups.pop()()


def install_signal_handlers(inbox: Inbox) -> None:
    """Have the signals that end a wait told to *inbox*, but for those that are ignored already."""

    def tell(signum: int, _frame: object) -> None:
        inbox.put(SignalReceived(signum))

    for signum in TERMINATION_SIGNALS:
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, tell)


def block_termination_signals() -> None:
    """Block the ending signals in the calling thread, so that the kernel gives them to the main one.

    There they wake the wait at once, and before exec they can be held back.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS)


def reserve_standard_fds() -> None:
    """Fill the closed ones of stdin, stdout and stderr.

    Otherwise the first socket would get such a number, and the report would be sent to a server.
    What fills them is closed by exec, so that the command finds them closed again. Raise
    ResourceLimitReached where there can be no more descriptors.
    """
    for descriptor in STANDARD_DESCRIPTORS:
        try:
            os.fstat(descriptor)
        except OSError:
            _occupy_lowest()


def _occupy_lowest() -> None:
    """Fill the lowest free number, which a closed one of stdin, stdout and stderr is."""
    try:
        # "/" is there in the emptiest root, and O_PATH gives something that can be neither read
        # nor written.
        os.open("/", os.O_PATH)
    except OSError as error:
        raise limit_reached(error) or error from None


def exec_command(words: list[str], inbox: Inbox, announce: Callable[[list[str]], None]) -> NoReturn:
    """Execute the command *words* in this process; raise an UntilupError if that fails.

    *announce* is called with them once the command is found. A file system may let the lookup hang,
    or the exec. Signals have their defaults by then, and end the process, unless it is PID 1, to
    which the kernel gives no signal without a handler, or in uninterruptible sleep.
    """
    _run_cleanups()
    command.restore_environment()
    if os.getpid() != 1:
        _restore_ending_signals(inbox)
    try:
        raise _execute(words, inbox, announce)
    finally:  # there is something to report, perhaps to a pipe without a reader
        for signum in IGNORED_BY_CPYTHON:
            signal.signal(signum, signal.SIG_IGN)


def _execute(words: list[str], inbox: Inbox, announce: Callable[[list[str]], None]) -> UntilupError:
    """Execute the first program that can be, as execvp(3) does; return why there is none."""
    failure: UntilupError | None = None
    for path in command.candidates(words[0]):
        if failure is None:
            announce(words)
        _restore_ending_signals(inbox)
        for signum in IGNORED_BY_CPYTHON:
            if signum not in signals.ignored_at_start:
                signal.signal(signum, signal.SIG_DFL)
        try:
            # execv, not execve: it passes the environment on as C has it, entry for entry.
            os.execv(os.fsencode(path), [os.fsencode(word) for word in words])
        except OSError as error:
            failure = failure or command.exec_failure(words[0], path, error)
            if error.errno != errno.EACCES:
                break
    return failure or CommandNotFound(f"{printable(words[0])}: command not found")


def _restore_ending_signals(inbox: Inbox) -> None:
    """Give the signals back; raise Interrupted if one came before that, as none may be lost."""
    blocked = set(TERMINATION_SIGNALS) - signal.pthread_sigmask(
        signal.SIG_BLOCK, TERMINATION_SIGNALS
    )
    try:
        while event := inbox.decisive():
            if isinstance(event, SignalReceived):
                raise Interrupted(event.signum, [])
        for signum in TERMINATION_SIGNALS:
            if signal.getsignal(signum) != signal.SIG_IGN:
                signal.signal(signum, signal.SIG_DFL)
    finally:
        # Not by the mask of before: C libraries have signals for themselves (32 to 34), which they
        # neither tell nor set.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)


def exit_now(status: int) -> NoReturn:
    """Exit with *status* at once: threads that hang in the resolver are not waited for."""
    _run_cleanups()
    os._exit(status)


def die_by_signal(signum: int) -> NoReturn:
    """Die of signal *signum*, or exit 128+n as PID 1."""
    _run_cleanups()
    die_of(signum)
