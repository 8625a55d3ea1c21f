/// Frames on a stream of bytes between two proven peers: what the media tls and quic share.
///
/// Each frame is a length and as many bytes:
///
/// | bytes | meaning |
/// |---|---|
/// | 4 | length of the frame, unsigned, most significant byte first, 1..65536 |
/// | length | the frame, opaque here |
///
/// Reading order: [StreamConnection] (an admitted connection), [StreamLine] (what a medium adds),
/// `FrameWriter`, [FrameReader]. Everything of a connection runs on its event loop. No medium is
/// known here, no certificate and no address.
@NullMarked
package dev.farcap.transport.stream;

import org.jspecify.annotations.NullMarked;
