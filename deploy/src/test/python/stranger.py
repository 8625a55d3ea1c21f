"""A third host of an Ethernet segment, which hears all that a pair of proxies says to each other,
and sends what it likes, as fast as it can.

Each scenario sends some thousand frames, so the test plays it again and again. Written from
docs/protocol.md; needs the right to open packet sockets.
"""

from __future__ import annotations

import os
import random
import socket
import struct
from collections import deque
from typing import Callable

from scenarios import play

NIC = os.environ["NIC"]
ETHER_TYPE = 0x88B5
PORT = 7443
HEADER = struct.Struct("!6s6sHBBHHH")  # to, from, type, version, 0, length, ports
LONG = 0x80  # In a packet's first byte: it is of a handshake.
MTU = 1_500  # Of the pair. The segment takes more.
ETHERNET_BYTES = 14

SO_RCVBUFFORCE = 33  # Python has no name for it.

FRAMES = 8_192  # Of one scenario.
CLAIMS = 256
BETWEEN_LOOKS = 32  # Frames sent before it hears what was said meanwhile.
RECENT = 2_048  # Of the frames heard, so many of the last ones are kept,
FIRST = 64  # and of the first ones: they made the connection.

own_mac = bytes.fromhex(open(f"/sys/class/net/{NIC}/address").read().strip().replace(":", ""))
server, client = (bytes.fromhex(os.environ[name].replace(":", "")) for name in ("SERVER", "CLIENT"))
segment = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
segment.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
segment.bind((NIC, ETHER_TYPE))

first: list[bytes] = []
recent: deque[bytes] = deque(maxlen=RECENT)
taken = 0  # Frames of connections, not of handshakes, that came for this host.


# ---- Hearing and sending


def hear(at_most: int) -> list[bytes]:
    """The frames of the pair that have come since; none of its own come back."""
    global taken
    fresh = []
    try:
        while len(fresh) < at_most:
            frame = segment.recv(65_536, socket.MSG_DONTWAIT)
            if len(frame) <= HEADER.size:
                continue
            if frame[:6] != own_mac:
                fresh.append(frame)
            elif not frame[HEADER.size] & LONG:
                taken += 1
    except BlockingIOError:
        pass
    recent.extend(fresh)
    first.extend(fresh[: FIRST - len(first)])
    return fresh


def send(frames: list[bytes]) -> None:
    for frame in frames:
        try:
            segment.send(frame)
        except OSError:
            pass  # The segment is full, which is what it is for.


def flood(made_of: Callable[[bytes], bytes]) -> None:
    """Sends what is made of frames that the pair has sent: the latest at once, then others."""
    global taken
    taken = 0
    sent = 0
    while sent < FRAMES:
        fresh = hear(BETWEEN_LOOKS)
        if not recent:
            raise AssertionError("the pair says nothing")
        older = random.choices(recent, k=BETWEEN_LOOKS - len(fresh)) + random.choices(first, k=2)
        frames = [made_of(frame) for frame in fresh + older]
        send(frames)
        sent += len(frames)
    print(f"{sent} frames sent, {taken} taken")


# ---- What it sends


def changed(frame: bytes, at: int, other: bytes) -> bytes:
    return frame[:at] + other + frame[at + len(other) :]


def garbage(_: bytes) -> bytes:
    """Well formed, but the packet is noise."""
    packet = random.randbytes(random.randint(1, MTU - 8))
    header = HEADER.pack(server, own_mac, ETHER_TYPE, 1, 0, len(packet), PORT, random.getrandbits(16))
    return header + packet


def truncated(frame: bytes) -> bytes:
    return frame[: random.randint(ETHERNET_BYTES, len(frame) - 1)]


def oversized(frame: bytes) -> bytes:
    """Longer than the interface takes: by little, which passes the kernel, or by much."""
    beyond = random.choice((1, 2, 3, 4, 5_000))
    return frame + bytes(max(0, ETHERNET_BYTES + MTU + beyond - len(frame)))


def replayed(frame: bytes) -> bytes:
    return frame


def spoofed(frame: bytes) -> bytes:
    """From and to whom the frame was, of the same connection, but for one byte."""
    at = random.randint(HEADER.size, len(frame) - 1)
    return changed(frame, at, bytes((frame[at] ^ random.randint(1, 255),)))


def claimed(frame: bytes) -> bytes:
    """What the client sends, as if the client were here."""
    return changed(frame, 0, server + own_mac) if frame[6:12] == client else frame


def take_over() -> None:
    """Sends no more than what the client says, each frame as soon as it is heard."""
    global taken
    taken = 0
    sent = 0
    while sent < CLAIMS:
        claims = [claimed(frame) for frame in hear(1) if frame[6:12] == client]
        send(claims)
        sent += len(claims)
    print(f"{sent} frames sent, {taken} taken")


FLOODS = (garbage, truncated, oversized, replayed, spoofed, claimed)
scenarios = {made.__name__: lambda made=made: flood(made) for made in FLOODS}
play(scenarios | {"take over": take_over})
