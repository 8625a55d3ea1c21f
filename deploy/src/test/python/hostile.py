"""What a peer that breaks the protocol meets: its link ends, and nobody else's.

Every scenario runs beside a link that behaves, over the medium and the frames of the example
python-link.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import struct
from pathlib import Path
from typing import Awaitable, Callable

from farcap.rom.v1 import rom_pb2 as rom
from farcap.wire.v1 import wire_pb2 as wire

from credit import CHUNK_BYTES
from link import EPOCH, Link, limits, parse
from medium import ALPN, Connection, Credentials
from scenarios import play

ADDRESS = os.environ["ADDRESS"]
TRUST_BUNDLE = os.environ["TRUST_BUNDLE"]
FOLDER = Path(os.environ["FOLDER"])
PEER = "farcap://lab/host-b"
ROM = "farcap.rom.v1.Rom"
GRANT = (FOLDER / "rom.grant").read_bytes()
PATIENCE_S = 30


def host(name: str) -> Credentials:
    return Credentials(FOLDER / name, TRUST_BUNDLE)


SCENARIOS: dict[str, Callable[[], Awaitable[None]]] = {}


# ---- A peer that does by hand what a link would do


class Peer:
    """A connection whose frames are written one by one, each as wrong as wanted."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.theirs = wire.Limits()
        self._number = 0

    @classmethod
    async def connect(cls, who: str = "host-a") -> Peer:
        return cls(await Connection.dial(ADDRESS, host(who), PEER))

    async def greet(self, **changes) -> wire.Hello:
        """Hello both ways; `changes` are fields that differ from those of a fresh link."""
        self.put(hello=hello(**changes))
        answer = parse(await self.connection.receive()).hello
        self.theirs = answer.limits
        return answer

    def put(self, number: int = 0, **kind) -> None:
        self.connection.send(wire.Frame(number=number, **kind).SerializeToString())

    def next(self, **kind) -> None:
        """A numbered frame in its order."""
        self._number += 1
        self.put(self._number, **kind)

    def open(self) -> None:
        """A session on the module `config`: id 1."""
        self.next(present=wire.Present(slot=1, token=GRANT))
        self.next(open=wire.Open(session=1, service=ROM, label=["app", "config"], slot=1))

    def leave(self) -> None:
        """In good order, so that the other side does not keep the link for a resume."""
        self.put(go_away=wire.GoAway(reason="done"))
        self.connection.close()

    async def is_cut_off(self) -> None:
        """Waits until the other side closes the connection. What it says before does not matter."""
        try:
            while True:
                await self.connection.receive()
        except (EOFError, OSError):
            pass


def hello(**changes) -> wire.Hello:
    fields = {
        "protocol_min": 1,
        "protocol_max": 1,
        "epoch": EPOCH,
        "link": secrets.token_bytes(16),
        "limits": limits(),
    }
    return wire.Hello(**(fields | changes))


async def still_serves(link: Link) -> None:
    """The link of somebody else works, and its connection was never lost."""
    session = link.open(ROM, ["app", "config"], GRANT)
    call = await session.begin("Read", message=rom.ReadRequest().SerializeToString())
    data = b""
    while (reply := await call.receive()) is not None:
        data += rom.Chunk.FromString(reply).data
    assert data == b"content\n", data
    assert link.resumes == 0
    session.close()


# ---- Broken frames


def mistake(begun: bool = True):
    """Makes a scenario of a mistake: a peer makes it after its Hello, and is cut off."""

    def scenario(break_it: Callable[[Peer], None]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            peer = await Peer.connect()
            if begun:
                await peer.greet()
            break_it(peer)
            await peer.is_cut_off()

        return named(run, break_it.__name__)

    return scenario


def named(run: Callable[[], Awaitable[None]], name: str) -> Callable[[], Awaitable[None]]:
    SCENARIOS[name] = run
    return run


def scenario(run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    return named(run, run.__name__)


@mistake(begun=False)
def length_with_the_least_significant_byte_first(peer: Peer) -> None:
    frame = wire.Frame(hello=hello()).SerializeToString()
    peer.connection.send_raw(struct.pack("<I", len(frame)) + frame)


@mistake()
def length_of_zero(peer: Peer) -> None:
    peer.connection.send_raw(struct.pack(">I", 0))


@mistake()
def length_beyond_the_limit(peer: Peer) -> None:
    peer.connection.send_raw(struct.pack(">I", 65537))


@mistake(begun=False)
def frame_before_hello(peer: Peer) -> None:
    peer.put(ping=wire.Ping(nonce=1))


@mistake()
def hello_twice(peer: Peer) -> None:
    peer.put(hello=hello())


@mistake(begun=False)
def hello_of_a_protocol_to_come(peer: Peer) -> None:
    peer.put(hello=hello(protocol_min=2, protocol_max=3))


@mistake(begun=False)
def hello_without_a_link_id(peer: Peer) -> None:
    peer.put(hello=hello(link=b""))


@mistake(begun=False)
def hello_with_a_window_below_its_minimum(peer: Peer) -> None:
    narrow = limits()
    narrow.call_window = 2 * (CHUNK_BYTES + 16) - 1
    peer.put(hello=hello(limits=narrow))


@mistake()
def bytes_that_are_no_frame(peer: Peer) -> None:
    peer.connection.send(b"\xff" * 100)


@mistake()
def frame_of_an_unknown_kind(peer: Peer) -> None:
    peer.connection.send(b"\x08\x01" + b"\xfa\x01\x00")  # number 1, field 31


@mistake()
def frame_with_an_unknown_field(peer: Peer) -> None:
    ping = b"\x08\x01" + b"\x48\x01"  # nonce 1, field 9
    peer.connection.send(b"\xc2\x01" + bytes([len(ping)]) + ping)


@mistake()
def frame_of_two_kinds(peer: Peer) -> None:
    ping = wire.Frame(ping=wire.Ping(nonce=1)).SerializeToString()
    peer.connection.send(ping + wire.Frame(pong=wire.Pong(nonce=1)).SerializeToString())


@mistake()
def number_that_leaves_a_gap(peer: Peer) -> None:
    peer.put(2, present=wire.Present(slot=1, token=GRANT))


@mistake()
def number_that_comes_twice(peer: Peer) -> None:
    for _ in range(2):
        peer.put(1, present=wire.Present(slot=1, token=GRANT))


@mistake()
def numbered_kind_without_a_number(peer: Peer) -> None:
    peer.put(present=wire.Present(slot=1, token=GRANT))


@mistake()
def state_with_a_number(peer: Peer) -> None:
    peer.put(1, ping=wire.Ping(nonce=1))


@mistake()
def ack_of_what_was_never_sent(peer: Peer) -> None:
    peer.put(ack=wire.Ack(number=1000))


@mistake()
def credit_for_nobody(peer: Peer) -> None:
    peer.put(credit=wire.Credit(bytes=1))


@mistake()
def slot_beyond_the_last(peer: Peer) -> None:
    peer.next(present=wire.Present(slot=65, token=GRANT))


@mistake()
def token_beyond_the_limit(peer: Peer) -> None:
    peer.next(present=wire.Present(slot=1, token=b"\0" * 8193))


@mistake()
def session_id_of_the_other_side(peer: Peer) -> None:
    peer.next(open=wire.Open(session=2, service=ROM))


@mistake()
def session_id_that_comes_twice(peer: Peer) -> None:
    for _ in range(2):
        peer.next(open=wire.Open(session=1, service=ROM))


@mistake()
def call_in_a_session_that_was_never_opened(peer: Peer) -> None:
    peer.next(call=wire.Call(call=1, session=1, method="Read"))


@mistake()
def call_id_that_comes_twice(peer: Peer) -> None:
    peer.open()
    for _ in range(2):
        peer.next(call=wire.Call(call=1, session=1, method="Watch"))


@mistake()
def answer_to_a_call_that_was_never_made(peer: Peer) -> None:
    peer.next(headers=wire.Headers(call=2))


def begin(peer: Peer, **fields) -> None:
    peer.open()
    peer.next(call=wire.Call(call=1, session=1, method="Read", **fields))


@mistake()
def metadata_with_a_name_without_value(peer: Peer) -> None:
    begin(peer, metadata=[b"name"])


@mistake()
def metadata_beyond_the_limit(peer: Peer) -> None:
    begin(peer, metadata=[b"name", b"v" * peer.theirs.metadata_bytes])


@mistake()
def chunk_beyond_the_limit(peer: Peer) -> None:
    begin(peer, length=CHUNK_BYTES + 1, payload=bytes(CHUNK_BYTES + 1))


@mistake()
def chunk_beyond_its_message(peer: Peer) -> None:
    begin(peer, length=1, payload=b"two")


@mistake()
def chunk_without_a_message(peer: Peer) -> None:
    begin(peer)
    peer.next(message=wire.Message(call=1, payload=b"more"))


@mistake()
def empty_chunk_of_a_message(peer: Peer) -> None:
    begin(peer, length=1)


@mistake()
def message_within_a_message(peer: Peer) -> None:
    begin(peer, length=2, payload=b"1")
    peer.next(message=wire.Message(call=1, length=2, payload=b"1"))


@mistake()
def half_close_within_a_message(peer: Peer) -> None:
    begin(peer, length=2, payload=b"1")
    peer.next(half_close=wire.HalfClose(call=1))


@mistake()
def message_beyond_the_limit(peer: Peer) -> None:
    begin(peer, length=peer.theirs.message_bytes + 1, payload=bytes(CHUNK_BYTES))


@mistake()
def long_message_that_does_not_wait(peer: Peer) -> None:
    """Two fill the session's room for long messages, the third one goes on without any."""
    peer.open()
    longest = peer.theirs.message_bytes
    for call in (1, 3, 5):
        first = wire.Call(call=call, session=1, method="Read", length=longest)
        first.payload = bytes(CHUNK_BYTES)
        peer.next(call=first)
    peer.next(message=wire.Message(call=5, payload=bytes(CHUNK_BYTES)))


@mistake()
def more_than_the_calls_window(peer: Peer) -> None:
    begin(peer)
    for _ in range(1 + peer.theirs.call_window // CHUNK_BYTES):
        peer.next(message=wire.Message(call=1, length=CHUNK_BYTES, payload=bytes(CHUNK_BYTES)))


# ---- Resume


@scenario
async def newer_connection_replaces_the_older() -> None:
    older, newer = await Peer.connect(), await Peer.connect()
    link = secrets.token_bytes(16)
    assert not (await older.greet(link=link)).resume

    answer = await newer.greet(link=link, resume=True)

    assert answer.resume and answer.received == 0, answer
    await older.is_cut_off()
    newer.open()
    opened = parse(await newer.connection.receive())
    while opened.WhichOneof("kind") != "opened":
        opened = parse(await newer.connection.receive())
    newer.leave()


@scenario
async def cut_within_a_frame_is_a_cut_before_it() -> None:
    first, second = await Peer.connect(), await Peer.connect()
    link = secrets.token_bytes(16)
    await first.greet(link=link)
    present = wire.Frame(number=1, present=wire.Present(slot=1, token=GRANT)).SerializeToString()
    first.connection.send_raw(struct.pack(">I", len(present)) + present[:-1])
    await first.connection.flush()

    answer = await second.greet(link=link, resume=True)

    assert answer.resume and answer.received == 0, answer
    second.leave()


@scenario
async def link_that_nobody_knows_is_not_resumed() -> None:
    peer = await Peer.connect()

    answer = await peer.greet(resume=True, received=7)

    assert not answer.resume, answer
    await peer.is_cut_off()


async def intrudes(who: str, **changes) -> None:
    """A Hello that does not fit the link it names ends its own connection, not the link."""
    owner, intruder = await Peer.connect("host-a"), await Peer.connect(who)
    link = secrets.token_bytes(16)
    await owner.greet(link=link)

    intruder.put(hello=hello(link=link, **changes))
    await intruder.is_cut_off()

    owner.put(ping=wire.Ping(nonce=5))
    assert parse(await owner.connection.receive()).pong.nonce == 5
    owner.leave()


@scenario
async def link_is_not_resumed_by_another_host() -> None:
    await intrudes("host-c", resume=True)


@scenario
async def link_is_not_resumed_by_another_run_of_the_host() -> None:
    await intrudes("host-a", resume=True, epoch=secrets.token_bytes(16))


@scenario
async def link_is_not_resumed_with_other_limits() -> None:
    other = limits()
    other.message_bytes += 1
    await intrudes("host-a", resume=True, limits=other)


@scenario
async def living_link_is_not_begun_afresh() -> None:
    await intrudes("host-a")


# ---- TLS


async def is_not_let_in(context: ssl.SSLContext) -> None:
    """No Hello is answered. With TLS 1.3 a client's handshake may succeed before it is refused."""
    address, port = ADDRESS.rsplit(":", 1)
    try:
        reader, writer = await asyncio.open_connection(address, int(port), ssl=context)
        frame = wire.Frame(hello=hello()).SerializeToString()
        writer.write(struct.pack(">I", len(frame)) + frame)
        answer = await reader.read(1)
        writer.transport.abort()
    except OSError:
        return
    assert not answer, "the peer was let in"


def trusting_client() -> ssl.SSLContext:
    """Believes any server: here only what the server believes is of interest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([ALPN])
    return context


def has_certificate(context: ssl.SSLContext, who: str) -> ssl.SSLContext:
    context.load_cert_chain(FOLDER / who / "leaf.pem", FOLDER / who / "leaf.key")
    return context


@scenario
async def peer_without_a_certificate() -> None:
    await is_not_let_in(trusting_client())


@scenario
async def peer_of_another_realm() -> None:
    await is_not_let_in(has_certificate(trusting_client(), "impostor/host-a"))


@scenario
async def tls_before_1_3() -> None:
    context = has_certificate(trusting_client(), "host-a")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    await is_not_let_in(context)


@scenario
async def tls_without_the_protocols_name() -> None:
    context = has_certificate(trusting_client(), "host-a")
    context.set_alpn_protocols(["h2"])
    await is_not_let_in(context)


@scenario
async def key_exchange_without_x25519() -> None:
    context = has_certificate(trusting_client(), "host-a")
    context.set_ecdh_curve("prime256v1")
    await is_not_let_in(context)


# ---- All of them


def beside_a_good_link(run: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    async def both() -> None:
        async with asyncio.timeout(PATIENCE_S):
            good = await Link.dial(ADDRESS, host("host-a"), PEER)
            await still_serves(good)
            await run()
            await still_serves(good)
            await good.close()

    return lambda: asyncio.run(both())


if __name__ == "__main__":
    play({name: beside_a_good_link(run) for name, run in SCENARIOS.items()})
