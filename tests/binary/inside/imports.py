"""Print what the named modules import, wherever in their code, and the executable does not have."""

import _imp
import dis
import importlib.util
import sys
from collections.abc import Iterator
from encodings.aliases import aliases
from types import CodeType


def imported(module: str) -> Iterator[str]:
    """Yield the full name of each module that *module* imports, and of what it takes out of them."""
    package = module if _imp.is_frozen_package(module) else module.rpartition(".")[0]
    for code in nested(_imp.get_frozen_object(module)):
        # By which the standard library's modulefinder finds them.
        for name, level, taken in dis._find_imports(code):  # type: ignore[attr-defined]
            full = importlib.util.resolve_name("." * level + name, package)
            yield full
            for part in taken or ():
                yield f"{full}.{part}"


def nested(code: CodeType) -> Iterator[CodeType]:
    """Yield *code* and that of every function and class in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)


def absent(name: str) -> str | None:
    """Return *name*, or the first package on the way to it, that is not there; None if all are."""
    parent, _, last = name.rpartition(".")
    if parent and (first := absent(parent)):
        return first
    package = sys.modules.get(parent)
    # What is taken out of a module that is no package is no module.
    if last == "*" or (package and (hasattr(package, last) or not hasattr(package, "__path__"))):
        return None
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return name
    return None


names = {name for module in sys.argv[2:] for name in imported(module)}
# These are imported by the name that a text gives.
names |= {f"encodings.{name}" for name in aliases.values()}
print(*sorted({first for name in names if (first := absent(name))}))  # noqa: T201 - the answer
