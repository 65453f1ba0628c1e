"""How targets are written if their servers are asked over HTTP, with a port and a path of their own."""

from __future__ import annotations

from untilup.targets import tls_options
from untilup.targets.syntax import TargetSyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from untilup.values import OptionTypes


def syntax(
    *examples: str,
    port: int,
    options: OptionTypes | None = None,
    **others: Any,  # noqa: ANN401 - what TargetSyntax takes
) -> TargetSyntax:
    """Return the syntax of such a server: it may have several hosts, and TLS by the option ``tls``.

    A user and a path are accepted, because the URLs of applications have them. *others* are passed on
    to TargetSyntax.
    """
    return TargetSyntax(
        *examples,
        port=port,
        multi_host=True,
        allows_raw_password=True,
        encrypted=tls_options.is_asked,
        options={**(options or {}), **tls_options.IF_ASKED},
        **others,
    )
