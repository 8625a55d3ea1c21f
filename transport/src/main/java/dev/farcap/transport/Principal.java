package dev.farcap.transport;

import java.time.Instant;

/// A proven peer, in the words of the [ConnectionPolicy] that admitted it.
///
/// @param name its identity, opaque to this room
/// @param keyId the name of its long-lived key in lower-case hexadecimal, opaque to this room
/// @param expires the first instant at which the proof no longer holds
public record Principal(String name, String keyId, Instant expires) {}
