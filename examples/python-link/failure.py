"""What can go wrong, and the metadata that tells of it."""

from __future__ import annotations

from typing import Iterable, Optional

from farcap.wire.v1 import wire_pb2 as wire

# Names are lower case; the values of names that end in `-bin` are raw bytes, the others ASCII.
Metadata = list[tuple[str, bytes]]

CANCELLED, DEADLINE_EXCEEDED, PERMISSION_DENIED = 1, 4, 7
RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 8, 12, 13, 14

_CODES = {
    wire.Failure.FAILED: INTERNAL,
    wire.Failure.REFUSED: PERMISSION_DENIED,
    wire.Failure.OVERLOADED: RESOURCE_EXHAUSTED,
    wire.Failure.DISCONNECTED: UNAVAILABLE,
    wire.Failure.UNIMPLEMENTED: UNIMPLEMENTED,
}


class ProtocolError(Exception):
    """The other side broke the protocol: the link ends, nothing else does."""


class Failed(Exception):
    """A call that ended with a status other than OK."""

    def __init__(self, code: int, description: str, trailers: Optional[Metadata] = None):
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.trailers = trailers or []

    def outcome(self) -> str:
        """`not-executed` or `unknown` for a failure of Farcap's own; empty for a server's."""
        return dict(self.trailers).get("farcap-outcome", b"").decode()


def of_farcap(code: int, description: str, outcome_unknown: bool) -> Failed:
    outcome = b"unknown" if outcome_unknown else b"not-executed"
    return Failed(code, description, [("farcap-origin", b"link"), ("farcap-outcome", outcome)])


def told(failure: wire.Failure) -> Failed:
    """A failure that the other side tells of a session."""
    return of_farcap(_CODES[failure.kind], failure.message, failure.outcome_unknown)


def pairs(values: Iterable[bytes]) -> Metadata:
    """From the wire: name, value, name, value..."""
    flat_values = list(values)
    if len(flat_values) % 2:
        raise ProtocolError("a name without a value")
    names = [name.decode("ascii") for name in flat_values[::2]]
    return list(zip(names, flat_values[1::2]))


def flat(metadata: Iterable[tuple[str, bytes]], limit: int) -> list[bytes]:
    """To the wire. `limit` counts names, values and 32 for each pair."""
    values: list[bytes] = []
    size = 0
    for name, value in metadata:
        size += len(name) + len(value) + 32
        values += (name.encode("ascii"), value)
    if size > limit:
        raise Failed(RESOURCE_EXHAUSTED, f"metadata is {size} bytes, limit {limit}")
    return values
