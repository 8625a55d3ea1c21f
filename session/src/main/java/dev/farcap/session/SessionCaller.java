package dev.farcap.session;

import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/// Whose session a call belongs to, as the proxy in front of the server says.
///
/// Trustworthy only behind a door, which drops what a client sends under these keys; a server that
/// is reached directly serves clients that name themselves. What has been verified, and by which
/// grant, says [VerifiedCaller].
///
/// @param session the session's name, unique within the run of the proxy; empty where nobody named
///   it
/// @param label the effective label; empty where nobody said one
/// @param peer the identity of the other proxy, `farcap://realm/path`; empty where nobody said one
public record SessionCaller(String session, Label label, String peer) {
  /// Reads the metadata of a call.
  ///
  /// @throws IllegalArgumentException if the label is none
  public static SessionCaller of(Metadata headers) {
    return new SessionCaller(
        orEmpty(headers.get(MetadataKeys.SESSION)),
        Label.parse(orEmpty(headers.get(MetadataKeys.LABEL))),
        orEmpty(headers.get(MetadataKeys.PEER)));
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
