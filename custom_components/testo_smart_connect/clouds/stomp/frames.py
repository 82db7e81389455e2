"""STOMP 1.2 frames ↔ bytes.

Facts: the STOMP 1.2 specification, parts "STOMP frames" and "Augmented BNF".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re

LARGEST_FRAME = 1 << 20
"""Bytes; an alarm has less than one thousand."""
MOST_HEADERS = 100
"""The broker of the vendor sends up to ten."""
LONGEST_HEADER = 8 * 1024
"""Bytes of one line; the longest one holds a token of about two thousand."""

HEART_BEAT = b"\n"
"""What is sent between frames where there is nothing to say."""

_COMMANDS = {
    *("CONNECTED", "MESSAGE", "RECEIPT", "ERROR"),
    *("CONNECT", "STOMP", "SEND", "SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK"),
    *("BEGIN", "COMMIT", "ABORT", "DISCONNECT"),
}
_PLAIN = {"CONNECT", "CONNECTED"}
"""Their headers are not escaped, so that clients of version 1.0 understand them."""
_ESCAPES = {"\\": r"\\", "\r": r"\r", "\n": r"\n", ":": r"\c"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}
_SPECIAL = re.compile(r"[\\\r\n:]")
_ESCAPED = re.compile(r"\\.?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_END = b"\0"
_INEXPRESSIBLE = "a header holds what it cannot express"


class FrameError(ValueError):
    """A frame breaks the rules; the text says which one, without what the frame holds."""


class FrameTooLargeError(FrameError):
    """A frame is larger than any that a cloud has reason to send."""

    def __init__(self, most: int, what: str) -> None:
        """Name the limit."""
        super().__init__(f"more than {most:,} {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. What it holds may be a secret, so that only its command is shown."""

    command: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def encode(frame: Frame) -> bytes:
    """Return a frame as it is sent.

    A body gets its length in front, so that it may hold any byte. Raises FrameError for
    what no header can express.
    """
    headers = dict(frame.headers)
    if frame.body:
        headers["content-length"] = str(len(frame.body))
    tell = _plain if frame.command in _PLAIN else _escape
    lines = (f"{tell(name, ':')}:{tell(value, '')}" for name, value in headers.items())
    head = "".join(f"{line}\n" for line in (frame.command, *lines, ""))
    return head.encode() + frame.body + _END


def _plain(text: str, further: str) -> str:
    """Return a text that is not escaped, in which some signs must not be."""
    if any(sign in text for sign in f"\r\n\0{further}"):
        raise FrameError(_INEXPRESSIBLE)
    return text


def _escape(text: str, _: str) -> str:
    if "\0" in text:
        raise FrameError(_INEXPRESSIBLE)
    return _SPECIAL.sub(lambda sign: _ESCAPES[sign[0]], text)


class Decoder:
    """Finds the frames in what arrives, wherever that was cut into pieces."""

    def __init__(self) -> None:
        """Begin between two frames."""
        self._buffer = bytearray()
        self._searched = 0
        """How many bytes of the buffer hold no end of what is looked for."""
        self._lines: list[str] | None = []
        """The command and the headers found so far; None within a body."""
        self._size = 0
        self._head = Frame(command="")

    def feed(self, data: bytes) -> None:
        """Take some more bytes."""
        self._buffer += data

    def frame(self) -> Frame | None:
        """Return the next frame, None until more bytes make one.

        Raises FrameError or FrameTooLargeError; after that nothing can be understood.
        """
        while self._lines is not None:
            line = self._line()
            if line is None:
                return None
            if line:
                if len(self._lines) > MOST_HEADERS:
                    raise FrameTooLargeError(MOST_HEADERS, "headers")
                self._lines.append(line)
            elif self._lines:
                self._head, self._lines = _head(self._lines), None
            else:
                # A heart-beat, or the line break that may follow a frame.
                self._size = 0
        body = self._body()
        if body is None:
            return None
        self._lines, self._size = [], 0
        return Frame(command=self._head.command, headers=self._head.headers, body=body)

    def _line(self) -> str | None:
        """Return the next line without its end, None if it is not there yet."""
        end = self._buffer.find(b"\n", self._searched)
        length = len(self._buffer) if end < 0 else end
        if length > LONGEST_HEADER:
            raise FrameTooLargeError(LONGEST_HEADER, "bytes in a line")
        if end < 0:
            self._searched = length
            return None
        raw = self._take(end, 1).removesuffix(b"\r")
        if b"\0" in raw or b"\r" in raw:
            message = "a line holds a byte that it must not"
            raise FrameError(message)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            message = "a header is not UTF-8"
            raise FrameError(message) from None

    def _body(self) -> bytes | None:
        """Return the body, None if its end is not there yet."""
        told = self._head.headers.get("content-length")
        if told is None:
            end = self._buffer.find(_END, self._searched)
            length = len(self._buffer) if end < 0 else end
        elif _LENGTH.fullmatch(told):
            length = int(told)
            end = length if length < len(self._buffer) else -1
        else:
            message = "the length is no number"
            raise FrameError(message)
        if self._size + length > LARGEST_FRAME:
            raise FrameTooLargeError(LARGEST_FRAME, "bytes")
        if end < 0:
            self._searched = len(self._buffer)
            return None
        if self._buffer[end : end + 1] != _END:
            message = "the body does not end where it should"
            raise FrameError(message)
        return self._take(end, 1)

    def _take(self, length: int, end: int) -> bytes:
        """Take bytes and their end out of the buffer."""
        taken = bytes(memoryview(self._buffer)[:length])
        del self._buffer[: length + end]
        self._size += length + end
        self._searched = 0
        return taken


def _head(lines: list[str]) -> Frame:
    """Return a frame without its body."""
    command, *rest = lines
    if command not in _COMMANDS:
        message = "an unknown command"
        raise FrameError(message)
    headers = dict[str, str]()
    for line in rest:
        name, colon, value = line.partition(":")
        if not name or not colon:
            message = "a line is no header"
            raise FrameError(message)
        if command not in _PLAIN:
            name, value = _unescape(name), _unescape(value)
        # Of a header that is repeated the first one counts: those behind it are history.
        headers.setdefault(name, value)
    return Frame(command=command, headers=headers)


def _unescape(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[0] not in _UNESCAPES:
            message = "an unknown escape"
            raise FrameError(message)
        return _UNESCAPES[found[0]]

    return _ESCAPED.sub(plain, text)
