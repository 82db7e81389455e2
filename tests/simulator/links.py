"""Pre-signed download links (API part 3.5)."""

from datetime import UTC, datetime, timedelta
import hashlib
import hmac
import re
import secrets
from urllib.parse import parse_qsl, quote, unquote

_SIGNATURE = "X-Amz-Signature"
_DATE = re.compile(r"[?&]X-Amz-Date=(\d{8}T\d{6}Z)")
_EXPIRES = re.compile(r"[?&]X-Amz-Expires=(-?\d+)")


class BadSignatureError(Exception):
    """The link does not mean what was handed out."""


class ExpiredError(Exception):
    """The link was good, but is too old."""


class Signer:
    """Signs paths and checks what they mean, however they are spelt, as a file store does."""

    def __init__(self) -> None:
        """Make a secret of its own."""
        self._secret = secrets.token_bytes(16)

    def sign(self, path: str, now: datetime, lifetime: int) -> str:
        """Return a path with its signed query part, valid for `lifetime` seconds.

        The query holds `%2F`, `%7E`, `%3D` and `+`. A client that encodes anew may spell them in
        another way, but must not encode what is encoded.
        """
        unsigned = (
            f"{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Credential=SIMULATOR%2F{now:%Y%m%d}%2Flocal%2Fs3%2Faws4_request"
            f"&X-Amz-Date={now:%Y%m%dT%H%M%SZ}&X-Amz-Expires={lifetime}"
            "&X-Amz-SignedHeaders=host"
            "&response-content-disposition=attachment%3B+filename%3D%7Eresult"
        )
        return f"{unsigned}&{_SIGNATURE}={self._signature(unsigned)}"

    def check(self, raw_path: str, now: datetime) -> None:
        """Raise if a path as received is not one of ours, or too old (UTC)."""
        unsigned, _, signature = raw_path.rpartition(f"&{_SIGNATURE}=")
        if not hmac.compare_digest(signature.encode(), self._signature(unsigned).encode()):
            raise BadSignatureError
        date, expires = _DATE.search(unsigned), _EXPIRES.search(unsigned)
        if date is None or expires is None:
            raise BadSignatureError
        signed_at = datetime.strptime(date[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if now >= signed_at + timedelta(seconds=int(expires[1])):
            raise ExpiredError

    def _signature(self, unsigned: str) -> str:
        return hmac.new(self._secret, _canonical(unsigned).encode(), hashlib.sha256).hexdigest()


def _canonical(raw_path: str) -> str:
    """Return the one spelling that all of the same meaning have: decoded once, encoded anew."""
    path, _, query = raw_path.partition("?")
    members = sorted(parse_qsl(query, keep_blank_values=True))
    told = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in members)
    return f"{quote(unquote(path), safe='/~')}?{told}"
