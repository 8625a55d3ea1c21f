/// QUIC inside Ethernet frames, without an IP stack: a medium for hosts that share a network
/// segment.
///
/// What enters are frames of strangers; what leaves are frames between proven peers: TLS inside
/// QUIC proves them, nothing that stands in an Ethernet frame is believed. A dialler has a socket
/// of its own, connected to its peer; all connections of an acceptor share two. Sockets are polled
/// by their channel's event loop, and belong to it; what is done only rarely and blocks, closing
/// them, is done by threads that end when there is nothing to close.
///
/// Reading order: [NicMedium] (dial and listen) over [NicDatagrams] (where QUIC's packets enter and
/// leave), [NicChannel] (packet sockets as a channel) with its [Intake]s, [Incoming] and [Outgoing]
/// (batches of frames), [FrameHeader] (what stands before a packet), [FrameFilter] (what the kernel
/// lets through), [PacketSocket], [MessageVector] and [Libc] (the system's calls), [Nic] (what is
/// known of an interface), [PortClaim] (that one process has a port), [NicCounters]. Names:
/// [NicAddress] as users write it, [Endpoint] as QUIC sees it, [Mac].
///
/// Never here: ARP or any other protocol to find peers, fragments, retransmission. Linux, 64 bit,
/// little endian; no native code of ours.
@NullMarked
package dev.farcap.transport.nic;

import org.jspecify.annotations.NullMarked;
