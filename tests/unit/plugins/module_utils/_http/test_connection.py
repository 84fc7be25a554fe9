# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What any server may send: an exchange ends in time, takes no more than it may, and says what is proven."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.body import OBJECT
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import QuotaError, ResponseLostError, RingmeError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.wires import Wire, lay


def _zipped(content: bytes) -> bytes:
    """Return the same bytes each time: they are in the names of tests, and every worker must find the same ones."""
    return gzip.compress(content, mtime=0)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"
LENGTH = b"Content-Length: 2\r\n"


def once(head: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """These bytes one by one, then the rest."""
    return itertools.chain((bytes([byte]) for byte in head), rest)


def deflated_nothing() -> Iterator[bytes]:
    """A gzip stream of empty blocks: it never yields a byte."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    yield packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    while True:
        yield packer.flush(zlib.Z_FULL_FLUSH) or b"\x00\x00\x00\xff\xff"


ENDLESS = {
    "status line": lambda: once(b"HTTP/1.1 200 ", itertools.repeat(b"O")),
    "a header": lambda: once(OK + b"X-Slow: ", itertools.repeat(b"x")),
    "headers": lambda: once(OK, itertools.cycle([b"X: y\r\n"])),
    "1xx": lambda: itertools.cycle([b"HTTP/1.1 100 Continue\r\n\r\n"]),
    "body": lambda: once(OK + b"Content-Length: 99999999999\r\n\r\n", itertools.repeat(b" ")),
    "body without length": lambda: once(OK + b"\r\n", itertools.repeat(b" ")),
    "chunks": lambda: once(CHUNKED, itertools.cycle([b"1\r\n", b" ", b"\r\n"])),
    "a chunk extension": lambda: once(CHUNKED + b"1;", itertools.repeat(b"x")),
    "trailers": lambda: once(CHUNKED + b"2\r\n{}\r\n0\r\n", itertools.cycle([b"X: y\r\n"])),
    "a trailer": lambda: once(CHUNKED + b"2\r\n{}\r\n0\r\nX: ", itertools.repeat(b"y")),
    "a gzip header": lambda: once(GZIP + b"\x1f\x8b\x08\x08\0\0\0\0\0\x03", itertools.repeat(b"n")),
    "empty deflate blocks": lambda: once(GZIP, deflated_nothing()),
    "the body of a redirect": lambda: once(b"HTTP/1.1 302 Found\r\nLocation: /l\r\n\r\n", itertools.repeat(b" ")),
    "the body of an error": lambda: once(b"HTTP/1.1 400 Bad\r\n\r\n", itertools.repeat(b" ")),
}


def send(method: str = "POST", *, most: int = OBJECT, **options: object) -> Response:
    """Send one request through a transport of its own."""
    settings = {"retries": 1, "timeout": 30.0, **options}
    transport = Transport(ConnectionSettings("http://127.0.0.1:9", **settings), sleep=lambda _seconds: None)  # type: ignore[arg-type]
    try:
        return transport.send(run_of(), method, "/x", bearer=SECRET, body={} if method != "GET" else None, most=most)
    finally:
        transport.close()


@pytest.mark.parametrize("name", ENDLESS)
def test_a_server_that_sends_a_byte_now_and_then_does_not_outlast_the_timeout(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """However the bytes are spread, and wherever in the response they stand."""
    wire = lay(monkeypatch, ENDLESS[name](), pause=0.7)
    with pytest.raises(ResponseLostError):
        send()
    assert wire.now <= 30.0
    assert wire.sent.startswith(b"POST ")


@pytest.mark.parametrize("name", ENDLESS)
def test_a_server_that_sends_fast_does_not_outgrow_the_memory(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    endless = (piece * (4096 // len(piece)) if len(piece) == 1 else piece * 500 for piece in ENDLESS[name]())
    wire = lay(monkeypatch, itertools.chain([b"".join(itertools.islice(ENDLESS[name](), 60))], endless), pause=0.001)
    with pytest.raises(ResponseLostError):
        send()
    assert wire.read <= 4 * OBJECT


def test_a_proxy_that_never_finishes_its_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has left yet but the request to the proxy itself."""
    wire = lay(monkeypatch, once(b"HTTP/1.1 200 OK\r\n", itertools.cycle([b"X: y\r\n"])), pause=0.7)
    transport = Transport(ConnectionSettings("https://pbx.example.org", proxy="http://127.0.0.1:9", retries=1))
    with pytest.raises(RingmeError) as caught:
        transport.send(run_of(), "POST", "/x", bearer=SECRET)
    assert caught.value.details.kind == "connection"
    assert wire.now <= 30.0
    assert wire.sent.startswith(b"CONNECT ")
    assert SECRET.encode() not in wire.sent


MALFORMED = {
    "unequal lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "unequal lengths in one header": OK + b"Content-Length: 2, 3\r\n\r\n{}",
    "a negative chunk": CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"x\r\n{}\r\n",
    "no version": b"HTTP/ 200\r\n\r\n",
    "a status that is not a number": b"HTTP/1.1 abc\r\n\r\n",
    "too many headers": OK + b"X: y\r\n" * 200 + b"\r\n",
    "a status below 200": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + LENGTH + b"\r\n{}",
    "another encoding": OK + b"Content-Encoding: br\r\n" + LENGTH + b"\r\n{}",
    "a bomb": OK + b"Content-Encoding: gzip\r\n\r\n" + _zipped(b" " * 3 * OBJECT),
    "a bomb in a bomb": OK + b"Content-Encoding: gzip, gzip\r\n\r\n" + _zipped(_zipped(b" " * 3 * OBJECT)),
    "half a gzip": OK + b"Content-Encoding: gzip\r\n\r\n" + _zipped(b"{}")[:-9],
    "nothing": b"",
}


def pieces_of(data: bytes) -> Iterator[bytes]:
    """The bytes as they come from a socket."""
    return (data[start : start + 4096] for start in range(0, len(data), 4096))


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_with_a_malformed_response_is_sent_once(
    monkeypatch: pytest.MonkeyPatch, method: str, data: bytes
) -> None:
    """The request was read: whether it was applied is unknown."""
    wire = lay(monkeypatch, pieces_of(data))
    with pytest.raises(ResponseLostError):
        send(method, retries=3)
    assert wire.sent.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + LENGTH + b"\r\n{}",
        CHUNKED + b"1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n",
        GZIP + _zipped(b"{") + _zipped(b"}"),
        OK + b"Content-Encoding: identity\r\n" + LENGTH + b"\r\n{}",
        OK + b"Content-Encoding: X-GZIP\r\n\r\n" + _zipped(b"{}"),
    ],
)
def test_what_the_protocol_allows_is_a_response(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    lay(monkeypatch, pieces_of(data))
    assert send().json() == {}


def test_an_empty_body_needs_no_gzip_data(monkeypatch: pytest.MonkeyPatch) -> None:
    lay(monkeypatch, [b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n"])
    assert send("DELETE").body == b""


@pytest.mark.parametrize("status", [200, 201, 204, 301, 400, 404, 429, 500, 503])
def test_no_status_makes_a_date_with_huge_numbers_a_crash(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    after = "Fri, 28 Jan 99999999999999999999 00:00:00 GMT"
    head = f"HTTP/1.1 {status} X\r\nRetry-After: {after}\r\nContent-Length: 0\r\n\r\n"
    lay(monkeypatch, [head.encode()])
    try:
        assert send("DELETE").status == status
    except QuotaError as error:
        assert status == 429
        assert "Run again later" in error.msg


NUMBERS = st.sampled_from(["0", "1", "2", "-1", "99999999999999999999", "9" * 5000, "1e9", "٣", "", "x", "1_0", "nan"])
FEW = st.sampled_from(["0", "1", "28"])
ODD = FEW | NUMBERS
DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Fri", "X", ""]),
    ODD,
    st.sampled_from(["Jan", "Feb", "13"]),
    ODD | st.just("2027"),
    *(FEW, FEW, ODD),
    st.sampled_from(["GMT", "+0000", "-9999", "+99999999999999", ""]),
)
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40)
HEADERS = st.tuples(
    st.sampled_from(
        (
            *("Content-Length", "Transfer-Encoding", "Content-Encoding", "Content-Type", "Connection", "Location"),
            *("Retry-After", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
            *("Set-Cookie", "Date", "", "\x00", "X Y"),
        )
    ),
    NUMBERS
    | DATES
    | LATIN
    | st.sampled_from(
        ["chunked", "gzip", "gzip, gzip", "identity", "text/html; charset=\x00", "//[", "http://[::1", "a=b; expires=x"]
    ),
)
BODIES = (
    st.binary(max_size=60)
    | st.sampled_from([b"{}", b"[", b"[" * 5000, b"9" * 5000, b'{"message": "\\ud800\\u001b"}', _zipped(b"{}")])
    | st.builds("{}\r\n{}\r\n".format, NUMBERS, LATIN).map(lambda text: text.encode("utf-8"))
    | st.just(b"2\r\n{}\r\n0\r\n\r\n")
)


@given(
    st.sampled_from(["GET", "POST"]),
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/9", "ICY", ""]),
    st.sampled_from(
        ["200", "201", "204", "301", "400", "401", "403", "404", "429", "429", "500", "503", "103", "x", "-1"]
    ),
    st.lists(HEADERS, max_size=6),
    DATES | NUMBERS | LATIN,
    BODIES,
    st.sampled_from([b"\r\n", b"\n", b"\r\n\r\n", b""]),
)
def test_any_response_is_a_response_or_one_of_our_errors(
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    version: str,
    status: str,
    headers: list[tuple[str, str]],
    after: str,
    body: bytes,
    end: bytes,
) -> None:
    """Parsers of headers and bodies raise nothing else: a crash between two writes loses what the first one removed."""
    head = "\r\n".join(
        [f"{version} {status} X", *(f"{name}: {value}" for name, value in headers), f"Retry-After: {after}"]
    ).encode("utf-8")
    wire: Wire = lay(monkeypatch, pieces_of(head + b"\r\n" + end + body))
    try:
        response = send(method, retries=2)
        assert response.error().msg
        response.json_or_none()
        response.json()
    except (ResponseLostError, QuotaError) as error:
        assert error.msg
    except RingmeError as error:
        assert error.details.kind == "bad_answer"
    if method == "POST" and b"429" not in head and b"503" not in head:
        assert wire.sent.count(b"POST /") == 1
