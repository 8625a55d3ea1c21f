/// Frames over TLS 1.3 over TCP, both ends proven by certificates.
///
/// **On the wire.** TCP; TLS 1.3 (RFC 8446) and nothing older; ALPN `farcap/1` (RFC 7301); key
/// exchange X25519MLKEM768, else X25519; both sides send a certificate; no session tickets, no
/// resumption, no early data. The application data are frames, as `transport.stream` says.
///
/// Frames and TLS records need not coincide; this implementation puts as many whole frames into one
/// record as were flushed together and fit. A length out of range ends the connection. A side ends
/// in good order by `close_notify`; an end of the stream without one is reported as a break.
///
/// **Who is there.** A chain must lead to a certificate of the realm's bundle; names are URIs and
/// not compared with the address. After the handshake and before the first frame the
/// [dev.farcap.transport.ConnectionPolicy] is asked, at both ends.
///
/// **For other media.** [StreamAdmission] and [TlsHandshake] have the peers of any stream prove
/// themselves, and give it to a [TlsHandshake.Opening]; [PeerProof] is what they ask for.
///
/// Reading order: [TlsMedium] (dial and listen), [TlsCredentials], [TlsConfig], `TlsContexts`,
/// `TlsHandshake` (until admitted), `TlsLine` (from then on, under a `StreamConnection`).
/// Everything of one connection runs on its event loop; only [TlsMedium] may be used by any thread.
@NullMarked
package dev.farcap.transport.tls;

import org.jspecify.annotations.NullMarked;
