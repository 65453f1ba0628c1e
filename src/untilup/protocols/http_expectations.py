"""Judges an HTTP response by the options ``response-header=``, ``contains=``, ``lacks=`` and ``json=``."""

from __future__ import annotations

from untilup.display import printable
from untilup.errors import answered
from untilup.protocols.http_response import MAX_BODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from untilup.errors import NotReady
    from untilup.protocols.http_response import ResponseParser

_PATH = "Check what the server returns for this path."
# Codings that leave the body as it is (RFC 9110 section 8.4.1, RFC 9112 section 7).
_PLAIN = (b"identity", b"chunked")


def judge_head(
    response: ResponseParser, fields: Iterable[tuple[str, str]], *, searched: bool, show: bool
) -> None:
    """Raise NotReady if one of *fields* is not in the head, or a *searched* body is compressed.

    What the server says is shown if *show* is true.
    """
    for name, value in fields:
        found = response.field_values(name.lower().encode())
        if value.encode("utf-8", "surrogateescape") not in found:
            has = f"is {_text(found[0], show=show)}" if found else "is missing"
            raise _wrong(response, f"its header {printable(name)} {has} (response-header=)")
    codings = [
        *response.values_of(b"content-encoding"),
        *response.values_of(b"transfer-encoding"),
    ]
    compressed = [coding for coding in codings if coding.lower() not in _PLAIN]
    if searched and compressed:
        coding = _text(compressed[0], show=show)
        raise answered(
            "compressed",
            f"HTTP {response.status}, but its body is compressed ({coding}), although untilup accepts only identity",
        )


def judge_body(
    response: ResponseParser,
    lacks: Iterable[str],
    values: Iterable[tuple[tuple[str, ...], str]],
    *,
    show: bool,
) -> None:
    """Raise NotReady if the body has a text of *lacks*, or other *values* at their paths in its JSON."""
    for text in lacks:
        if text.encode("utf-8", "surrogateescape") in response.body:
            raise _wrong(response, "its body contains the text of lacks=")
    values = [*values]
    if not values:
        return
    from untilup.protocols import json_path

    if response.cut:
        raise _wrong(response, f"its body is longer than {MAX_BODY // 1024} KiB (json=)")
    try:
        document = json_path.parse(bytes(response.body))
    except json_path.NotJSON:
        raise _wrong(response, "its body is not JSON (json=)") from None
    for path, wanted in values:
        place = printable(".".join(path))
        try:
            value = json_path.value_at(document, path)
        except LookupError:
            raise _wrong(response, f"its JSON has nothing at {place} (json=)") from None
        if not json_path.is_equal(value, wanted):
            has = printable(json_path.shown(value)) if show else "another value"
            raise _wrong(response, f"its JSON has {has} at {place} (json=)")


def _wrong(response: ResponseParser, problem: str) -> NotReady:
    return answered("wrong-answer", f"HTTP {response.status}, but {problem}", _PATH)


def _text(value: bytes, *, show: bool) -> str:
    return printable(value.decode("utf-8", "replace")) if show else "not as required"
