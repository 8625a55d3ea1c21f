package dev.farcap.ca;

import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import java.nio.file.Path;
import java.time.Instant;

/// What a host was given.
///
/// @param folder where it lies: to be brought to the host over a safe way, it holds private keys
/// @param identity its name
/// @param holderKey its long-lived key
/// @param certificateExpires the first instant at which it needs a new certificate
/// @param bundleSha256 what its configuration pins, 64 hexadecimal digits
public record Issued(
    Path folder,
    Identity identity,
    KeyId holderKey,
    Instant certificateExpires,
    String bundleSha256) {}
