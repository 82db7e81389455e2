"""Where a download link may lead.

Result files live in object storage, so the host is a foreign one and cannot be pinned.
"""

import ipaddress

from yarl import URL

from .bounds import LONGEST_LINK

_LOCAL_DOMAINS = {
    *("localhost", "local", "localdomain", "internal", "intranet", "private", "arpa"),
    *("lan", "home", "homenet", "corp", "mail", "domain", "workgroup", "router", "ip"),
}
"""Tops that the internet does not have, but that houses and firms give their networks."""
_LOCAL_NAMES = {"fritz.box", "easy.box"}
"""What routers call themselves below a top that the internet has."""
_INTERNET = ipaddress.ip_network("2000::/3")
"""The rest of the sixth version is special; much of it stands for an address of the fourth."""


class BadLinkError(ValueError):
    """A link must not be followed; the text says why, without the link."""


def checked(link: str, base: URL, at: URL | None = None) -> URL:
    """Return where a link leads, byte for byte as received: it is signed.

    Encrypted, except on the machine itself; without a password; into the local network
    only for an account that is there itself. A redirect may be relative to where it
    stands. Raises BadLinkError.
    """
    # Other digits and dots than those of ASCII would become them on the way to the DNS.
    url = _parsed(link, at) if link.isascii() and len(link) <= LONGEST_LINK else None
    flaw = _flaw(url, base.host or "")
    if url is None or flaw:
        raise BadLinkError(flaw)
    return url


def _flaw(url: URL | None, home: str) -> str | None:
    """Return what is wrong with a link that an account at a host got."""
    host = url.host if url else None
    if url is None or not host or url.scheme not in {"http", "https"}:
        return "the link is no web address"
    if url.raw_user is not None or url.raw_password is not None:
        return "the link holds a password"
    if url.scheme == "http" and not (is_loopback(host) and is_loopback(home)):
        return "the link is not encrypted"
    if _is_local(host) and not _is_local(home):
        return "the link leads into the local network"
    return None


def _parsed(link: str, at: URL | None) -> URL | None:
    try:
        url = URL(link, encoded=True)
        url = at.join(url) if at else url
        # What has no name in the DNS makes the HTTP client fail in its own way.
        (url.host or "").encode("idna")
    except ValueError:
        return None
    return url


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_local(host: str) -> bool:
    """Tell whether a host is not one of the internet, by how it is written.

    A name that resolves to a local address is left to its certificate.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # No domain ends in a digit: that is another spelling of an address.
        *parents, top = host.rstrip(".").split(".")
        if not parents or top[:1].isdigit() or top in _LOCAL_DOMAINS:
            return True
        return f"{parents[-1]}.{top}" in _LOCAL_NAMES
    if isinstance(address, ipaddress.IPv6Address) and address not in _INTERNET:
        return True
    return not address.is_global or address.is_multicast
