package dev.farcap.session;

import java.time.Instant;

/// Who is at the other end of a link, as proven by its certificate.
///
/// @param identity from the certificate's URI name
/// @param holderKey the long-lived key that the realm's CA tied to the certificate
/// @param certificateExpires the first instant at which the certificate no longer holds; no session
///   of the peer outlives it
public record Peer(Identity identity, KeyId holderKey, Instant certificateExpires) {}
