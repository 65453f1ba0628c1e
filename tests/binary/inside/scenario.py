"""Run one scenario to where it ends, and print, as the last line, which modules it has imported."""

import _thread
import posix
import sys
import time

# Nothing is imported here that the interpreter does not start with, or that untilup does not import.
BUG = "BUG"
# As binary/trace_imports.py has it.
TERMINAL = "TERMINAL"
# In seconds.
DELAY = 0.01


def report(*_: object) -> None:
    """Replace what does not return: print the modules, but for those under a second name.

    The imports of watchers belong to the scenario, as in binary/trace_imports.py.
    """
    while _thread._count():
        time.sleep(DELAY)
    specs = {name: getattr(module, "__spec__", None) for name, module in sys.modules.items()}
    names = [name for name, spec in specs.items() if spec and spec.name == name]
    posix.write(1, f"\n{' '.join(names)}\n".encode())
    leave(0)


leave = posix._exit
# The first word is this text.
sys.argv[:2] = ["untilup"]
import untilup.__main__  # noqa: E402

os = sys.modules["os"]
os._exit = os.execv = report  # type: ignore[attr-defined]  # it replaces both
if TERMINAL in sys.argv:
    sys.argv.remove(TERMINAL)
    os.dup2(os.openpty()[1], 2)
    os.environ["TERM"] = "xterm"
if BUG in sys.argv:
    sys.argv.remove(BUG)
    import untilup.checks.tcp

    untilup.checks.tcp.check = None  # type: ignore[assignment]  # an unexpected failure
try:
    untilup.__main__.main()
except SystemExit:
    report()
