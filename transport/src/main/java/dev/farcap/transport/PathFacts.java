package dev.farcap.transport;

/// What a medium knows of the way to a peer, at one moment.
///
/// @param roundTripNanos smoothed, 0 before the first measurement
/// @param packetsSent since the connection was made; -1 where the medium does not count them
/// @param packetsLost of those, taken for lost; -1 where the medium does not count them
/// @param packetsRetransmitted whose content was sent again
/// @param packetBytesMax the largest packet that is sent now, headers of IP not counted; for TCP,
///   its segments
public record PathFacts(
    long roundTripNanos,
    long packetsSent,
    long packetsLost,
    long packetsRetransmitted,
    int packetBytesMax) {}
