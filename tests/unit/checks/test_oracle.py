"""What oracle:// asks for after a listener does not know the name as that of a service."""

from __future__ import annotations

import pytest

from tests.support.fake_stream import failure_of
from tests.unit.protocols.test_tns import refuse
from untilup import checks
from untilup.checks.oracle import ask
from untilup.cli.targets import parse_target
from untilup.protocols import tns
from untilup.targets.attempt import Attempt
from untilup.targets.target import Target


@pytest.mark.parametrize(
    ("number", "told"),
    [(12505, "registered the service FREE (ORA-12514)"), (12528, "blocks new connections")],
)
def test_a_name_that_is_neither_a_service_nor_a_sid(
    monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    """A name that is not known is told to be a service; another answer about the SID is told as it is."""

    def refuse_sid(_attempt: Attempt, part: Target) -> None:
        assert part.options["sid"]
        raise tns.failure(number, "", "FREE")

    monkeypatch.setattr(checks, "check_part", refuse_sid)
    target = parse_target("oracle://ora/FREE", 0.0, {})
    failure = failure_of(lambda stream: ask(target, stream), refuse(12514))
    assert failure is not None
    assert told in failure.detail
