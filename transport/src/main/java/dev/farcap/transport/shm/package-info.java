/// Frames through memory that two processes of one host share.
///
/// **Rendezvous.** The acceptor listens at a Unix socket, `shm:///path/to/socket`. Over the socket
/// goes the TLS handshake of [dev.farcap.transport.tls], with the same certificates and policy and
/// a protocol name of its own, `farcap-shm/1`; then, through TLS, four [Message]s of 32 bytes, each
/// awaited before the next:
///
/// | who | message | says |
/// |---|---|---|
/// | dialler | Hello | the user it runs as |
/// | acceptor | Offer | the user it runs as, the size of a ring, 16 random bytes |
/// | dialler | Ready | from now on it takes descriptors |
/// | acceptor | | three descriptors: memory, the dialler's bell, the acceptor's bell |
/// | dialler | Taken | it has checked and mapped them |
///
/// From then on the socket carries nothing but its end: a TLS farewell, or none if the peer died.
/// docs/adr/0012 says why descriptors may be trusted to be the proven peer's.
///
/// **Memory.** Sealed against change of its size. 4096 bytes of header, then two rings of equal
/// size, a power of two, first the one from acceptor to dialler. All numbers little-endian but the
/// frames' lengths.
///
/// | at | meaning |
/// |---|---|
/// | 0 | the 16 random bytes of the Offer |
/// | 1024, 2048 | header of the first, the second ring |
/// | 4096 | the first ring, then the second |
///
/// | in a ring's header at | written by | meaning |
/// |---|---|---|
/// | 0 | writer | bytes written since the beginning, 64 bit |
/// | 128 | both | the reader sleeps: who clears it rings the reader's bell, 32 bit |
/// | 256 | reader | bytes read since the beginning, 64 bit |
/// | 384 | both | the writer waits for room: who clears it rings the writer's bell, 32 bit |
///
/// A frame is 4 bytes of length, most significant byte first, and its bytes, both wrapped at the
/// end of the ring, then up to 7 unused bytes, so that the next one begins at a multiple of 8. A
/// bell is an eventfd that nobody reads.
///
/// Reading order: [ShmMedium] (dial and listen), [ShmConfig], [Spinning], `ShmAcceptor`, `ShmDial`;
/// until there is shared memory `DiallersRendezvous` and `AcceptorsRendezvous`, `Message`,
/// `Rendezvous` (what both need); then `Shared`, `SharedMemory`, `Ring`, `RingWriter` and
/// `RingReader`, `Bell`; from then on `ShmConnection`, `Outgoing`, `Turns`; `Libc`. Everything of
/// one connection runs on its event loop, which must be on epoll; only [ShmMedium] may be used by
/// any thread.
@NullMarked
package dev.farcap.transport.shm;

import org.jspecify.annotations.NullMarked;
