"""Programs on Debian's gRPC for Python, at the sockets of a pair. They know nothing of Farcap but its
services. programs.js is the same on another library: keep them alike."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Callable

import grpc
from farcap.log.v1 import log_pb2 as log
from farcap.rom.v1 import rom_pb2 as rom
from farcap.session.v1 import session_pb2 as session
from farcap.signal.v1 import signal_pb2 as signal

from scenarios import play

MAKE = os.environ["MAKE"]
ROMS = Path(os.environ["ROMS"])
PATIENCE_S = 30

app = grpc.insecure_channel(os.environ["APP"])
local = grpc.insecure_channel(os.environ["LOCAL"])

KINDS = "/proof.Kinds/"
unary = app.unary_unary(KINDS + "UNARY")
server_streaming = app.unary_stream(KINDS + "SERVER_STREAMING")
client_streaming = app.stream_unary(KINDS + "CLIENT_STREAMING")
bidi_streaming = app.stream_stream(KINDS + "BIDI_STREAMING")


def method(kind: Callable, service: str, name: str, request, reply) -> Callable:
    return kind(f"/farcap.{service}/{name}", request.SerializeToString, reply.FromString)


# ---- ROM


read = method(app.unary_stream, "rom.v1.Rom", "Read", rom.ReadRequest, rom.Chunk)
watch = method(app.unary_stream, "rom.v1.Rom", "Watch", rom.WatchRequest, rom.Version)


def publish(name: str, content: bytes) -> bytes:
    """Written beside, then renamed. Returns the SHA-256."""
    fresh = ROMS / f".{name}.new"
    fresh.write_bytes(content)
    fresh.rename(ROMS / name)
    return hashlib.sha256(content).digest()


def await_version(versions, sha256: bytes) -> None:
    while next(versions).sha256 != sha256:
        pass


def rom_is_read() -> None:
    name = f"read-by-{MAKE}"
    sha256 = publish(name, os.urandom(200_000))
    label = (("farcap-label", name),)
    versions = watch(rom.WatchRequest(), metadata=label, timeout=PATIENCE_S)
    await_version(versions, sha256)
    versions.cancel()

    chunks = list(read(rom.ReadRequest(), metadata=label, timeout=PATIENCE_S))

    content = b"".join(chunk.data for chunk in chunks)
    assert chunks[0].version.sha256 == hashlib.sha256(content).digest() == sha256


def rom_is_watched_as_it_changes() -> None:
    name = f"watched-by-{MAKE}"
    first = publish(name, b"first")
    versions = watch(rom.WatchRequest(), metadata=(("farcap-label", name),), timeout=PATIENCE_S)
    await_version(versions, first)

    await_version(versions, publish(name, b"second"))

    (ROMS / name).unlink()
    assert next(versions).absent
    versions.cancel()


# ---- LOG


def log_lines_are_written() -> None:
    write = method(app.unary_unary, "log.v1.Log", "Write", log.WriteRequest, log.WriteReply)
    tail = method(app.unary_stream, "log.v1.Log", "Tail", log.TailRequest, log.TailReply)
    texts = [f"{MAKE} {number}, naïve" for number in range(3)]
    lines = [log.Line(text=text, level=log.WARNING) for text in texts]
    shown = tail(log.TailRequest(lines=1000), timeout=PATIENCE_S)

    write(log.WriteRequest(lines=lines), metadata=(("farcap-label", MAKE),), timeout=PATIENCE_S)

    label = f"host-a -> app -> {MAKE}"
    for text in texts:
        reply = next(reply for reply in shown if reply.label == label)
        assert (reply.line.text, reply.line.level) == (text, log.WARNING), reply
    shown.cancel()


# ---- The kinds of calls


def unary_call() -> None:
    assert unary(b"hello", timeout=PATIENCE_S) == b"hello"


def server_stream() -> None:
    assert list(server_streaming(b"hello", timeout=PATIENCE_S)) == [b"hello"] * 3


def client_stream() -> None:
    assert client_streaming(iter([b"a", b"", b"b"]), timeout=PATIENCE_S) == b"ab"


def bidi_stream() -> None:
    sent = [b"message %d" % number for number in range(100)]
    assert list(bidi_streaming(iter(sent), timeout=PATIENCE_S)) == sent


def long_messages() -> None:
    sent = [os.urandom(3 << 20), b"", os.urandom(65_537)]
    assert list(bidi_streaming(iter(sent), timeout=PATIENCE_S)) == sent


def metadata_passes_unchanged() -> None:
    """Several values of one name, in their order; raw bytes; apart as headers and trailers."""
    sent = [
        ("x-text", "one"),
        ("x-text", "two: %41, ~"),
        ("x-data-bin", bytes(range(256))),
        ("x-data-bin", b""),
    ]
    _, call = unary.with_call(b"", metadata=sent, timeout=PATIENCE_S)
    for seen in (call.initial_metadata(), call.trailing_metadata()):
        back = [(name, value) for name, value in seen if name in ("x-text", "x-data-bin")]
        assert sorted(back, key=lambda pair: pair[0] != "x-text") == sent, back


def status_passes_unchanged() -> None:
    sent = [("x-fail", "yes"), ("x-text", "why"), ("x-data-bin", b"\x00\xff")]
    failed = failure(lambda: unary(b"", metadata=sent, timeout=PATIENCE_S))
    assert failed.code() == grpc.StatusCode.FAILED_PRECONDITION, failed
    assert failed.details() == "100 % naïve → no", failed
    trailers = dict(failed.trailing_metadata())
    assert trailers["x-text"] == "why" and trailers["x-data-bin"] == b"\x00\xff", trailers
    assert trailers["grpc-status-details-bin"] == bytes([8, 9, 18, 0, 255]), trailers
    assert "farcap-origin" not in trailers, "it is the server's own"


def deadline_ends_both_sides() -> None:
    held = f"deadline of {MAKE}"
    failed = failure(lambda: unary(b"", metadata=(("x-hold", held),), timeout=0.3))
    assert failed.code() == grpc.StatusCode.DEADLINE_EXCEEDED, failed
    unary(b"", metadata=(("x-await-cancel", held),), timeout=PATIENCE_S)


def cancellation_reaches_the_server() -> None:
    held = f"cancel of {MAKE}"
    call = server_streaming(b"", metadata=(("x-hold", held),), timeout=PATIENCE_S)
    call.initial_metadata()  # The server has it.
    call.cancel()
    failed = failure(lambda: next(call))
    assert failed.code() == grpc.StatusCode.CANCELLED, failed
    unary(b"", metadata=(("x-await-cancel", held),), timeout=PATIENCE_S)


# ---- Signals


class Signals:
    """The service at one socket."""

    def __init__(self, channel: grpc.Channel):
        service = "signal.v1.Signals"
        self.create = method(
            channel.unary_unary, service, "Create", signal.CreateRequest, signal.CreateReply
        )
        self.receive = method(
            channel.unary_stream, service, "Receive", signal.ReceiveRequest, signal.Delivery
        )
        self.submit = method(
            channel.unary_unary, service, "Submit", signal.SubmitRequest, signal.SubmitReply
        )

    def context(self, label: str):
        """A context for the session on proof.Kinds under `label`: its reference, its deliveries."""
        created = self.create(
            signal.CreateRequest(service="proof.Kinds", label=label), timeout=PATIENCE_S
        )
        deliveries = self.receive(
            signal.ReceiveRequest(reference=created.reference), timeout=PATIENCE_S
        )
        return created.reference, deliveries


def raise_until_delivered(sender: Signals, reference: bytes, deliveries) -> None:
    for _ in range(3):
        sender.submit(signal.SubmitRequest(reference=reference), timeout=PATIENCE_S)
    edges = 0
    while edges < 3:
        edges += next(deliveries).edges
    assert edges == 3, edges


def signal_comes_from_the_servers_side() -> None:
    reference, deliveries = Signals(app).context("")
    passed = unary(reference, timeout=PATIENCE_S)
    raise_until_delivered(Signals(local), passed, deliveries)
    deliveries.cancel()


def signal_goes_to_the_servers_side() -> None:
    _, call = unary.with_call(b"", timeout=PATIENCE_S)
    label = dict(call.initial_metadata())["x-label"]
    reference, deliveries = Signals(local).context(label)
    raise_until_delivered(Signals(app), reference, deliveries)
    deliveries.cancel()


def context_dies_with_its_stream() -> None:
    signals = Signals(app)
    reference, deliveries = signals.context("")
    signals.submit(signal.SubmitRequest(reference=reference), timeout=PATIENCE_S)
    next(deliveries)  # It lives.

    deliveries.cancel()

    failed = None
    while failed is None or failed.code() == grpc.StatusCode.ALREADY_EXISTS:
        again = signals.receive(signal.ReceiveRequest(reference=reference), timeout=PATIENCE_S)
        failed = failure(lambda: next(again))
    assert failed.code() == grpc.StatusCode.NOT_FOUND, failed


# ---- Sessions, refusals


def session_lives_as_long_as_its_stream() -> None:
    open_session = method(
        app.unary_stream, "session.v1.Sessions", "Open", session.OpenRequest, session.OpenReply
    )
    request = session.OpenRequest(service="proof.Kinds", label="desk")
    stream = open_session(request, timeout=PATIENCE_S)
    handle = (("farcap-session", next(stream).handle),)
    _, call = unary.with_call(b"", metadata=handle, timeout=PATIENCE_S)
    assert dict(call.initial_metadata())["x-label"] == "host-a -> app -> desk"

    stream.cancel()

    failed = None
    while failed is None:
        failed = failure(lambda: unary(b"", metadata=handle, timeout=PATIENCE_S), may_succeed=True)
    assert failed.code() == grpc.StatusCode.UNAVAILABLE, failed


def refusal_says_who_and_whether_executed() -> None:
    others = app.unary_unary("/proof.Others/UNARY")
    failed = failure(lambda: others(b"", timeout=PATIENCE_S))
    assert failed.code() == grpc.StatusCode.PERMISSION_DENIED, failed
    assert failed.details().startswith("no grant for proof.Others"), failed
    trailers = dict(failed.trailing_metadata())
    assert trailers["farcap-origin"] == "client-proxy", trailers
    assert trailers["farcap-outcome"] == "not-executed", trailers


def unknown_method_is_unimplemented() -> None:
    missing = app.unary_unary("/farcap.rom.v1.Rom/Missing")
    failed = failure(lambda: missing(b"", timeout=PATIENCE_S))
    assert failed.code() == grpc.StatusCode.UNIMPLEMENTED, failed


def failure(call: Callable, may_succeed: bool = False):
    try:
        result = call()
    except grpc.RpcError as failed:
        return failed
    assert may_succeed, f"expected a failure, found {result!r}"
    return None


if __name__ == "__main__":
    play({name: value for name, value in globals().items() if callable(value)})
