"""What every request must pass, as pure questions: host, origin, token. And the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection

from appliance.vocabulary.clock import token

COOKIE = "__Host-ringback"  # the prefix binds it to this host, TLS and path /; RFC 6265bis § 4.1.3.2
COOKIE_OCTETS = 32
CSRF_OCTETS = 16
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HEADERS = (
    ("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                                "frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),  # no address leaves; "no-referrer" would make the Origin of forms "null"
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"),
)
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+?)\.?(:[0-9]{1,5})?")


def host_allowed(host: str, names: Collection[str]) -> bool:
    """Whether the page answers to this Host header. A site of another name that points at the box (DNS rebinding) has
    its own name there; an IP address cannot be rebound."""
    found = HOST.fullmatch(host)
    if not found:
        return False
    name = found[1].strip("[]").lower()
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return name in names


def origin_allowed(origin: str, referer: str, host: str) -> bool:
    """Whether a changing request comes from a page of this host: by its Origin, or, where there is none, by its
    Referer; without either it is refused."""
    if origin:
        return origin.lower() == f"https://{host.lower()}"
    return referer.lower().startswith(f"https://{host.lower()}/")


def new_cookie() -> str:
    return token(COOKIE_OCTETS)


def digest(cookie: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def csrf_token(cookie: str) -> str:
    """Belongs to one session. Masked anew each time, so that compression tells nothing of it (BREACH)."""
    mask, secret = bytes.fromhex(token(CSRF_OCTETS)), _csrf_secret(cookie)
    return mask.hex() + bytes(a ^ b for a, b in zip(mask, secret, strict=True)).hex()


def csrf_right(given: str, cookie: str) -> bool:
    try:
        octets = bytes.fromhex(given)
    except ValueError:
        return False
    if len(octets) != 2 * CSRF_OCTETS:
        return False
    found = bytes(a ^ b for a, b in zip(octets[:CSRF_OCTETS], octets[CSRF_OCTETS:], strict=True))
    return hmac.compare_digest(found, _csrf_secret(cookie))


def _csrf_secret(cookie: str) -> bytes:
    return hmac.digest(cookie.encode(), b"ringback csrf", "sha256")[:CSRF_OCTETS]
