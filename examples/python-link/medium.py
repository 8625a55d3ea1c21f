"""The medium: whole frames over TLS 1.3, between two ends that have proven who they are.

docs/protocol.md, chapter Medium. Nothing here knows what a frame says.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path

from farcap.capability.v1 import capability_pb2 as capability

ALPN = "farcap/1"
FRAME_BYTES_MAX = 65536

# The extension 2.25.338281742156501531259167868750032751956 in DER: tag, length, 2 * 40 + 25, then
# the long number in groups of seven bits.
_HOLDER_ARC = 338281742156501531259167868750032751956


class MediumError(Exception):
    """The other end is not whom we meant, or sends what is no frame."""


@dataclass(frozen=True)
class Credentials:
    """Who we are, and whom we believe: a folder that `farcap ca issue` wrote."""

    folder: Path
    # SHA-256 of the trust bundle, in hexadecimal, as `farcap ca issue` prints it.
    trust_bundle: str

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols([ALPN])
        context.load_cert_chain(self.folder / "leaf.pem", self.folder / "leaf.key")
        # Peers are known by the identity in their certificate, wherever they are.
        context.check_hostname = False
        for authority in self._authorities():
            context.load_verify_locations(cadata=authority)
        return context

    def _authorities(self) -> list[bytes]:
        """The certificates (DER) of the keys that issue the realm's certificates.

        The pin stands for the signatures of this one bundle. Who follows a realm whose bundles
        change checks those of the next one.
        """
        signed = (self.folder / "trust.bundle").read_bytes()
        if hashlib.sha256(signed).hexdigest() != self.trust_bundle:
            raise MediumError(f"{self.folder}/trust.bundle is not {self.trust_bundle}")
        bundle = capability.Bundle.FromString(capability.SignedBundle.FromString(signed).payload)
        believed = (capability.KEY_STATE_ACTIVE, capability.KEY_STATE_RETIRING)
        return [
            key.key
            for key in bundle.keys
            if key.usage == capability.KEY_USAGE_TLS_CA and key.state in believed
        ]

    def holder(self) -> bytes:
        """The id of our holder key, 32 bytes."""
        end = "-----END CERTIFICATE-----"
        # The file holds the chain; the leaf comes first.
        leaf, _, _ = (self.folder / "leaf.pem").read_text().partition(end)
        return holder_of(ssl.PEM_cert_to_DER_cert(leaf + end))


class Connection:
    """One TLS connection: frames in both directions until it is lost."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def dial(cls, address: str, credentials: Credentials, peer: str) -> Connection:
        """Connects to `host:port` and makes sure that `peer`, an identity, is there."""
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(
            host.strip("[]"), int(port), ssl=credentials.context()
        )
        _check(writer.get_extra_info("ssl_object"), peer)
        return cls(reader, writer)

    async def receive(self) -> bytes:
        """The next frame. EOFError or OSError when the connection has ended."""
        (length,) = struct.unpack(">I", await self._reader.readexactly(4))
        if not 1 <= length <= FRAME_BYTES_MAX:
            raise MediumError(f"frame of {length} bytes, 1..{FRAME_BYTES_MAX} expected")
        return await self._reader.readexactly(length)

    def send(self, frame: bytes) -> None:
        self.send_raw(struct.pack(">I", len(frame)) + frame)

    def send_raw(self, data: bytes) -> None:
        """Bytes that need not be a frame."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def flush(self) -> None:
        """Waits while too much waits in the socket. A lost connection shows at its reader."""
        try:
            await self._writer.drain()
        except OSError:
            pass

    def close(self) -> None:
        """In good order: what was sent is sent, then close_notify."""
        self._writer.close()

    def abort(self) -> None:
        """As if the network had gone: what waits in the socket is lost."""
        self._writer.transport.abort()


def _check(tls: ssl.SSLObject, peer: str) -> None:
    """What the chain does not say. OpenSSL has checked issuer, validity and use as a server.

    An implementation with an X.509 library at hand also refuses CA certificates and those that do
    not allow both uses.
    """
    if tls.selected_alpn_protocol() != ALPN:
        raise MediumError(f"the peer does not speak {ALPN}")
    certificate = tls.getpeercert() or {}
    names = certificate.get("subjectAltName", ())
    if names != (("URI", peer),):
        raise MediumError(f"expected {peer}, but the peer's certificate names {names}")
    holder_of(tls.getpeercert(binary_form=True) or b"")


def holder_of(certificate: bytes) -> bytes:
    """The id of the holder key that a certificate (DER) carries, 32 bytes."""
    oid = _oid(105, _HOLDER_ARC)
    at = certificate.find(oid)
    if at < 0:
        raise MediumError("the certificate carries no holder key")
    value = certificate[at + len(oid) :]
    value = value.removeprefix(b"\x01\x01\xff")  # "critical"
    # The extension's value is an OCTET STRING always; this one holds another OCTET STRING.
    if value[:4] != b"\x04\x22\x04\x20":
        raise MediumError("the certificate's holder key id is not 32 bytes")
    return value[4:36]


def _oid(first: int, arc: int) -> bytes:
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(arc & 0x7F | 0x80)
    body = bytes([first, *reversed(groups)])
    return bytes([6, len(body)]) + body
