"""Frames there and back again, in whatever pieces they come."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.clouds.stomp.frames import (
    HEART_BEAT,
    LARGEST_FRAME,
    LONGEST_HEADER,
    MOST_HEADERS,
    Decoder,
    Frame,
    FrameError,
    FrameTooLargeError,
    encode,
)
from tests.hypothesis_profiles import fuzz

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
_PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n:"), max_size=40)


def _frames(
    command: st.SearchStrategy[str], texts: st.SearchStrategy[str]
) -> st.SearchStrategy[Frame]:
    names = texts.filter(lambda it: it not in {"", "content-length"})
    return st.builds(
        Frame,
        command=command,
        headers=st.dictionaries(names, texts, max_size=8),
        body=st.binary(max_size=80),
    )


FRAMES = _frames(st.sampled_from(["MESSAGE", "ERROR", "SUBSCRIBE"]), _TEXTS) | _frames(
    st.sampled_from(["CONNECT", "CONNECTED"]), _PLAIN
)
BETWEEN = st.sampled_from([b"", b"\n", b"\r\n", HEART_BEAT * 3])


def decoded(*pieces: bytes) -> list[Frame]:
    """Return the frames in some pieces."""
    decoder, found = Decoder(), list[Frame]()
    for piece in pieces:
        decoder.feed(piece)
        while (frame := decoder.frame()) is not None:
            found.append(frame)
    return found


def same(frame: Frame) -> Frame:
    """Return a frame as it arrives: with its length."""
    length = {"content-length": str(len(frame.body))} if frame.body else {}
    return Frame(command=frame.command, headers={**frame.headers, **length}, body=frame.body)


@given(st.lists(st.tuples(FRAMES, BETWEEN), max_size=4), st.data())
def test_round_trip_in_pieces(frames: list[tuple[Frame, bytes]], data: st.DataObject) -> None:
    whole = b"".join(encode(frame) + between for frame, between in frames)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert decoded(*pieces) == [same(frame) for frame, _ in frames]


@given(FRAMES)
def test_round_trip_byte_by_byte(frame: Frame) -> None:
    assert decoded(*(bytes([byte]) for byte in encode(frame))) == [same(frame)]


@given(FRAMES)
def test_line_ends_of_windows(frame: Frame) -> None:
    head, _, rest = encode(frame).partition(b"\n\n")
    assert decoded(head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + rest) == [same(frame)]


@fuzz()
@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"MESSAGE\n", b"\n", b"\0", b"a:b\n"])))
def test_garbage_is_an_error_or_nothing(pieces: list[bytes]) -> None:
    with suppress(FrameError):
        decoded(*pieces)


def test_samples_of_the_vendor(samples: dict[str, bytes]) -> None:
    frames = {name: decoded(sample) for name, sample in samples.items()}
    assert {len(found) for found in frames.values()} == {1}
    assert frames["02_connected"][0].headers["session"] == "ID:example-broker-1"
    (message,) = frames["10_message_alarm"]
    assert message.headers["message-id"] == "ID:example-broker-1"
    assert message.body.startswith(b'{"uuid"')
    assert message.body.endswith(b"}")
    (error,) = frames["23_error_subscription"]
    assert error.headers["message"] == error.body.decode()
    for name, sample in samples.items():
        assert decoded(*(bytes([byte]) for byte in sample)) == frames[name]


def test_escapes() -> None:
    frame = Frame(command="MESSAGE", headers={"a:b": "c\\d\r\ne:f"})
    assert encode(frame) == b"MESSAGE\na\\cb:c\\\\d\\r\\ne\\cf\n\n\0"
    assert decoded(b"MESSAGE\na:\\\\c\n\n\0")[0].headers == {"a": "\\c"}


def test_connect_is_not_escaped() -> None:
    frame = Frame(command="CONNECT", headers={"a": "b:c\\d"})
    assert encode(frame) == b"CONNECT\na:b:c\\d\n\n\0"
    assert decoded(encode(frame)) == [frame]


def test_first_of_repeated_headers_counts() -> None:
    assert decoded(b"MESSAGE\na:1\na:2\n\n\0")[0].headers == {"a": "1"}


def test_colon_within_a_value_is_forgiven() -> None:
    assert decoded(b"MESSAGE\nid:ID:1\n\n\0")[0].headers == {"id": "ID:1"}


def test_body_with_and_without_length() -> None:
    told = b"MESSAGE\ncontent-length:3\n\na\0b\0"
    assert [it.body for it in decoded(told + b"\n" + b"MESSAGE\n\nab\0" + told)] == [
        b"a\0b",
        b"ab",
        b"a\0b",
    ]


@pytest.mark.parametrize(
    "told",
    [
        b"MESSAGE\na:\\t\n\n\0",
        b"MESSAGE\na:b\\\n\n\0",
        b"MESSAGE\nno header\n\n\0",
        b"MESSAGE\n:no name\n\n\0",
        b"MESSAGE\na:b\rc\n\n\0",
        b"MESSAGE\na:b\0c\n\n\0",
        b"MESSAGE\na:\xff\n\n\0",
        b"message\n\n\0",
        b"\0\n",
        b"\r\r\n",
        b"MESSAGE\ncontent-length:-1\n\n\0",
        b"MESSAGE\ncontent-length:\xd9\xa1\n\n\0",
        b"MESSAGE\ncontent-length:1\n\nab\0",
    ],
)
def test_broken_rules(told: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        decoded(told)
    assert type(caught.value) is FrameError


@pytest.mark.parametrize(
    "told",
    [
        b"x" * (LONGEST_HEADER + 1),
        b"MESSAGE\na:" + b"x" * LONGEST_HEADER + b"\n",
        b"MESSAGE\n" + b"a:b\n" * (MOST_HEADERS + 1),
        b"MESSAGE\ncontent-length:%d\n\n" % LARGEST_FRAME,
        b"MESSAGE\ncontent-length:999999999999999999\n\n",
        b"MESSAGE\n\n" + b"x" * LARGEST_FRAME,
    ],
)
def test_bounds(told: bytes) -> None:
    with pytest.raises(FrameTooLargeError, match="more than"):
        decoded(told)


def test_within_the_bounds() -> None:
    frame = Frame(
        command="MESSAGE",
        headers={str(number): "x" for number in range(MOST_HEADERS - 1)},
        body=b"x" * (LARGEST_FRAME - 1000),
    )
    assert decoded(encode(frame) * 3) == [same(frame)] * 3


@pytest.mark.parametrize(
    ("command", "header"),
    [
        ("CONNECT", ("a", "b\n")),
        ("CONNECT", ("a", "b\r")),
        ("CONNECT", ("a:b", "c")),
        ("CONNECT", ("a", "\0")),
        ("SUBSCRIBE", ("a", "\0")),
    ],
)
def test_what_no_header_can_express(command: str, header: tuple[str, str]) -> None:
    with pytest.raises(FrameError):
        encode(Frame(command=command, headers=dict([header])))


def test_secrets_are_not_shown() -> None:
    frame = Frame(command="CONNECT", headers={"Authorization": "secret"}, body=b"secret")
    assert "secret" not in repr(frame)
