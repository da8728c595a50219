"""A link for tests: it notices and retries within their patience."""

from dispatcher.adapters.asterisk.link import LinkSettings


def quick(port: int, user: str, secret: str) -> LinkSettings:
    """A link that notices and retries within tests' patience."""
    return LinkSettings(
        port=port,
        username=user,
        secret=secret,
        connect_ms=2000,
        ping_every_ms=500,
        ping_ms=1000,
        retry_first_ms=50,
        retry_most_ms=400,
        refused_first_ms=200,
        refused_most_ms=1000,
    )
