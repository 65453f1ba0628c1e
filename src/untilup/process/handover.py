"""Signal handlers while waiting; then restoring the process as it was inherited, and exec.

The command must find exactly what it would find without untilup. CPython changes the process before
main begins: it ignores SIGPIPE and SIGXFSZ, and in the C locale it sets LC_CTYPE (PEP 538).
"""

from __future__ import annotations

import _signal as signal  # without the enumerations that the signal module makes of it
import errno
import os

from untilup.display import printable
from untilup.errors import CommandNotFound, UntilupError
from untilup.events import Inbox, SignalReceived
from untilup.os_errors import limit_reached
from untilup.outcomes import Interrupted
from untilup.process import command, signals
from untilup.process.signals import IGNORED_BY_CPYTHON, TERMINATION_SIGNALS, die_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

STANDARD_DESCRIPTORS = (0, 1, 2)

# Called before the process is replaced or exits.
_cleanups: list[Callable[[], None]] = []


def before_the_end(cleanup: Callable[[], None]) -> None:
    """Register *cleanup*, to be called in the main thread before it executes the command or exits."""
    _cleanups.append(cleanup)


def _run_cleanups() -> None:
    while _cleanups:
        _cleanups.pop()()


def catch_signals() -> Inbox:
    """Return a new inbox into which handlers put the termination signals, except for ignored ones."""
    inbox = Inbox()

    def put(signum: int, _frame: object) -> None:
        inbox.put(SignalReceived(signum))

    signals.set_action(put)
    return inbox


def let_signals_wake(inbox: Inbox) -> None:
    """Let signals wake the main thread; raise ResourceLimitReached if there are no descriptors for it."""
    try:
        inbox.open_pipe()
    except OSError as error:
        raise limit_reached(error) or error from None
    signal.set_wakeup_fd(inbox.wakeup, warn_on_full_buffer=False)


def block_termination_signals() -> None:
    """Block the termination signals in the calling thread, so that the main thread gets them.

    There they wake the wait at once, and can be blocked before exec.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS)


def reserve_standard_fds() -> None:
    """Open the closed ones of stdin, stdout and stderr.

    Otherwise the first socket would get such a number, and the report would be sent to a server. exec
    closes them again for the command. Raise ResourceLimitReached if no descriptor can be opened.
    """
    for descriptor in STANDARD_DESCRIPTORS:
        try:
            os.fstat(descriptor)
        except OSError:
            _occupy_lowest()


def _occupy_lowest() -> None:
    """Open a descriptor with the lowest free number, which a closed standard descriptor has."""
    try:
        # "/" exists in every root, and a descriptor by O_PATH can be neither read nor written.
        os.open("/", os.O_PATH)
    except OSError as error:
        raise limit_reached(error) or error from None


def exec_command(words: list[str], inbox: Inbox, announce: Callable[[list[str]], None]) -> NoReturn:
    """Execute the command *words* in this process; raise an UntilupError if that fails.

    *announce* is called with them once the command is found. The lookup and the exec may hang in a file
    system. By then signals have their default actions and end the process, unless it is PID 1, to which
    the kernel delivers no signal without a handler, or is in uninterruptible sleep.
    """
    _run_cleanups()
    command.restore_environment()
    if os.getpid() != 1:
        _restore_signals(inbox)
    try:
        raise _execute(words, inbox, announce)
    finally:  # an error follows, perhaps to a pipe without a reader
        for signum in IGNORED_BY_CPYTHON:
            signal.signal(signum, signal.SIG_IGN)


def _execute(words: list[str], inbox: Inbox, announce: Callable[[list[str]], None]) -> UntilupError:
    """Execute the first candidate that can be executed, as execvp(3) does; return the first error."""
    failure: UntilupError | None = None
    for path in command.candidates(words[0]):
        if failure is None:
            command.raise_if_no_interpreter(path)
            announce(words)
        _restore_signals(inbox)
        signals.stop_ignoring(signal.SIG_DFL)
        try:
            # execv, not execve: it passes the C environment on, entry for entry.
            os.execv(os.fsencode(path), [os.fsencode(word) for word in words])
        except OSError as error:
            failure = failure or command.exec_failure(words[0], path, error)
            if error.errno != errno.EACCES:
                break
    return failure or CommandNotFound(f"{printable(words[0])}: command not found")


def _restore_signals(inbox: Inbox) -> None:
    """Restore the default actions; raise Interrupted if a signal came before, so that none is lost."""
    blocked = set(TERMINATION_SIGNALS) - signal.pthread_sigmask(
        signal.SIG_BLOCK, TERMINATION_SIGNALS
    )
    try:
        while event := inbox.decisive():
            if isinstance(event, SignalReceived):
                raise Interrupted(event.signum, [])
        signals.set_action(signal.SIG_DFL)
    finally:
        # Not by restoring the earlier mask: C libraries reserve signals (32 to 34), and hide them.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)


def exit_now(status: int) -> NoReturn:
    """Exit with *status* at once, without waiting for threads that hang in the resolver."""
    _run_cleanups()
    os._exit(status)


def die_by_signal(signum: int) -> NoReturn:
    """End the process by signal *signum*; as PID 1, exit with 128+n."""
    _run_cleanups()
    die_of(signum)
