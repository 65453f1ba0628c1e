"""What is taken from the query of the URL that an application has."""

from __future__ import annotations

import pytest

from untilup.cli.targets import parse_target
from untilup.errors import UsageError

REDIS = "rediss://:geheim@cache/0"
MONGODB = "mongodb://joe:geheim@one,two/app?tls=true"
TAKEN = [
    (REDIS, {}),
    (f"{REDIS}?ssl_cert_reqs=none", {"insecure": True}),
    (f"{REDIS}?ssl_cert_reqs=CERT_NONE", {"insecure": True}),
    (f"{REDIS}?ssl_cert_reqs=required&ssl_ca_certs=/ca.pem", {"ca": "/ca.pem"}),
    (f"{REDIS}?ssl_cert_reqs=none&ssl_ca_certs=/ca.pem", {"insecure": True}),
    (f"{REDIS}?ssl_check_hostname=False", {"any-name": True}),
    (f"{REDIS}?ssl_certfile=%2Fc&ssl_keyfile=/k", {"cert": "/c", "key": "/k"}),
    (f"{REDIS}?ssl_keyfile=/k", {}),
    (f"valkeys{REDIS[6:]}?ssl_cert_reqs=none", {"insecure": True}),
    (f"{MONGODB}&tlsCAFile=/ca.pem", {"ca": "/ca.pem"}),
    (f"{MONGODB}&tlscertificatekeyfile=/both.pem", {"cert": "/both.pem"}),
    (f"{MONGODB}&tlsInsecure=true", {"insecure": True}),
    (f"{MONGODB}&tlsAllowInvalidCertificates=true", {"insecure": True}),
    (f"{MONGODB}&tlsAllowInvalidHostnames=true", {"any-name": True}),
    (f"{MONGODB}&tlsInsecure=false&tlsAllowInvalidHostnames=false", {}),
    # What stands behind the # comes first.
    (f"{REDIS}?ssl_cert_reqs=none#ca=/own.pem", {"ca": "/own.pem"}),
    (f"{REDIS}?ssl_cert_reqs=none#insecure=no", {"insecure": False}),
    (f"{REDIS}?ssl_ca_certs=/ca.pem#ca=/own.pem", {"ca": "/own.pem"}),
    (f"{REDIS}?ssl_ca_certs=/ca.pem#insecure", {"insecure": True}),
    (f"{REDIS}?ssl_certfile=/c&ssl_keyfile=/k#cert=/own.pem", {"cert": "/own.pem"}),
]


@pytest.mark.parametrize(("word", "options"), TAKEN, ids=[word for word, _ in TAKEN])
def test_tls(word: str, options: dict[str, object]) -> None:
    """How a driver speaks TLS is taken from its query, unless the target's own options say otherwise."""
    target = parse_target(word, 0.0, {})
    assert target.options == options
    assert "geheim" not in str(target)
    assert "pem" not in str(target)


def test_its_own_options_still_have_to_make_sense() -> None:
    """What the target says by itself is refused where it makes no sense, whatever the query has."""
    with pytest.raises(UsageError, match="'insecure' and 'ca' cannot be combined"):
        parse_target(f"{REDIS}?ssl_cert_reqs=none#insecure&ca=/ca.pem", 0.0, {})
    with pytest.raises(UsageError, match="which is missing"):
        parse_target(f"{REDIS}?ssl_certfile=/c#key=/k", 0.0, {})
