"""The smallest programs of C and Go, if their compilers are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

C_NOTHING = "int main(void) { return 0; }"
C_EXEC = """
#include <unistd.h>
int main(int count, char **words) { return count < 2 || execv(words[1], words + 1); }
"""
GO_FMT = 'package main; import "fmt"; func main() { fmt.Println("hello, world") }'
GO_OS = 'package main; import "os"; func main() { os.Stdout.WriteString("hello, world\\n") }'


def c(source: str, program: Path) -> Path | None:
    """Return a static *program* in C; None if there is no compiler (cc) for it."""
    return compiled(source, program, ["cc", "-x", "c", "-static", "-O2"], ".c")


def go(source: str, program: Path) -> Path | None:
    """Return a static *program* in Go; None if there is no compiler (go) for it.

    It asks no network, not even for a newer compiler, and keeps its cache beside *program*.
    """
    cache = str(program.parent / "go")
    settings = {
        "CGO_ENABLED": "0",
        "GOCACHE": cache,
        "GOENV": "off",
        "GOFLAGS": "-mod=mod",
        "GOPATH": cache,
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    return compiled(source, program, ["go", "build"], ".go", settings)


def compiled(
    source: str,
    program: Path,
    compiler: list[str],
    suffix: str,
    settings: dict[str, str] | None = None,
) -> Path | None:
    """Return *program*; None if *compiler* does not exist or fails."""
    if shutil.which(compiler[0]) is None:
        return None
    text = program.with_suffix(suffix)
    text.write_text(source)
    done = subprocess.run(
        [*compiler, "-o", program, text],
        cwd=program.parent,
        env={**os.environ, **(settings or {})},
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return program if done.returncode == 0 else None
