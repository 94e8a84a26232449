"""Credentials that stay the same: how they are sent, and that they never show."""

from base64 import b64decode

import pytest

from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.confluence.auth import ApiToken, Auth, PersonalAccessToken, ScopedToken

CANARY = "c4n4ry-5ec7e7"


def test_each_way_in_is_sent_as_its_product_takes_it() -> None:
    """Basic for an e-mail address with a token, Bearer for a token by itself; only scoped tokens use the gateway."""
    basic: Auth = ApiToken("ada@example.com", CANARY)
    person: Auth = ScopedToken(CANARY, "ada@example.com")
    service: Auth = ScopedToken(CANARY)
    data_center: Auth = PersonalAccessToken(CANARY)
    for auth in (basic, person):
        scheme, _, value = auth.authorization().partition(" ")
        assert (scheme, b64decode(value)) == ("Basic", f"ada@example.com:{CANARY}".encode())
    for auth in (service, data_center):
        assert auth.authorization() == f"Bearer {CANARY}"
    assert [auth.through_gateway for auth in (basic, person, service, data_center)] == [False, True, True, False]
    for auth in (basic, person, service, data_center):
        assert not auth.renew(auth.authorization())
        assert auth.points_per_hour is None
        assert CANARY not in f"{auth!r} {auth}"
        assert any(secret in auth.authorization() for secret in auth.secrets())
        refused = auth.refused("/api/v2/spaces", "no")
        assert str(refused.setting) in str(refused)


@pytest.mark.parametrize("value", ["", " ", "x\n", " x", "a\x00b"])
def test_a_token_that_cannot_be_right_is_refused_before_it_is_sent(value: str) -> None:
    """Empty, or with a line break that came along when it was copied; the setting is named."""
    for make, setting in (
        (lambda: ScopedToken(value), "CONFLUENCE_API_TOKEN"),
        (lambda: ScopedToken("x", value), "CONFLUENCE_USER_NAME"),
        (lambda: PersonalAccessToken(value), "CONFLUENCE_PERSONAL_ACCESS_TOKEN"),
    ):
        with pytest.raises(AuthenticationError, match=setting) as caught:
            make()
        assert caught.value.setting == setting
