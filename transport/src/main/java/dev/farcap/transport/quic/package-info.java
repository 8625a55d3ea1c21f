/// Frames over QUIC: over UDP, or over whatever else carries packets.
///
/// **On the wire.** QUIC version 1 (RFC 9000, RFC 9001) with TLS 1.3, both sides proven by
/// certificates as in `transport.tls`; ALPN `farcap-quic/1`; no resumption, no early data. The
/// dialler opens one stream in both directions by a byte of value 1; what follows, and all that
/// comes back, are frames, as `transport.stream` says. No other stream, no DATAGRAM frames. A side
/// ends in good order by ending its half of the stream.
///
/// **What enters**: addresses and packets. **What leaves**: a [dev.farcap.transport.Connection] for
/// each peer whom the [dev.farcap.transport.ConnectionPolicy] admits, at both ends, before its
/// first frame.
///
/// Reading order: [QuicMedium] (dial and listen) and [QuicConfig]; `QuicDial` or `QuicAcceptor`
/// (until admitted; `Room` and `RetryTokens` are the acceptor's bounds, `ShortInitials` and
/// `Strays` are before them all), `QuicAdmission`; `QuicLine` (from then on, under a
/// `StreamConnection`); `QuicSettings`, `QuicContexts`, `QuicFailure`. `SecondLook` and `LastWords`
/// stand below the library and do what it leaves undone where packets are lost. [Datagrams] is what
/// there is below: [UdpDatagrams].
///
/// An acceptor and all its connections live on one event loop, a dialled connection on its own;
/// only [QuicMedium] and [Datagrams] may be used by any thread. Never here: what a frame means,
/// whom to admit, where an address comes from. Of all media only this one knows Netty's QUIC codec,
/// which is an optional dependency.
@NullMarked
package dev.farcap.transport.quic;

import org.jspecify.annotations.NullMarked;
