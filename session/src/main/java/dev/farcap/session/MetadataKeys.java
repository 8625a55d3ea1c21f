package dev.farcap.session;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// The metadata keys that belong to Farcap: everything that begins with `farcap-`.
///
/// Both doors drop every inbound key of that name and set their own, so that what a server reads
/// there was put there by its own proxy.
public final class MetadataKeys {
  /// What every key of ours begins with.
  public static final String PREFIX = "farcap-";

  private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

  /// At the front door: what the program asks for. At the back door: the effective label. A header
  /// holds printable ASCII only: other characters, `%`, and a space at either end are written as
  /// `%` and two hexadecimal digits for each byte of UTF-8, as in `grpc-message`.
  public static final Metadata.Key<String> LABEL =
      Metadata.Key.of("farcap-label", new PercentMarshaller());

  /// At the back door: the identity of the peer.
  public static final Metadata.Key<String> PEER = ascii("farcap-peer");

  /// At the front door: the handle of an opened session. At the back door: the session's name.
  public static final Metadata.Key<String> SESSION = ascii("farcap-session");

  /// At the back door: the SHA-256 of the grant by which the session was opened.
  public static final Metadata.Key<String> GRANT = ascii("farcap-grant");

  /// At the back door: the object the session stands for, as [ObjectRef#toBytes()].
  public static final Metadata.Key<byte[]> OBJECT =
      Metadata.Key.of("farcap-object-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /// In trailers of a failure of our own: who says so.
  public static final Metadata.Key<String> ORIGIN = ascii("farcap-origin");

  /// In trailers of a failure of our own: `not-executed` or `unknown`.
  public static final Metadata.Key<String> OUTCOME = ascii("farcap-outcome");

  private MetadataKeys() {}

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /// Removes every key of ours from what came in.
  public static void strip(Metadata metadata) {
    if (!hasOurs(metadata)) {
      return;
    }
    for (String name : List.copyOf(metadata.keys())) {
      if (name.startsWith(PREFIX) && isName(name)) {
        discard(metadata, name);
      }
    }
  }

  /// Whether gRPC allows the name. One that it does not allow is never ours, and gRPC has no means
  /// to remove it.
  private static boolean isName(String name) {
    return name.chars()
        .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "-_.".indexOf(c) >= 0);
  }

  /// Most metadata has none: looks at the names as they came in, and makes no text of them.
  private static boolean hasOurs(Metadata metadata) {
    if (InternalMetadata.headerCount(metadata) == 0) {
      return false;
    }
    byte[][] namesAndValues = InternalMetadata.serialize(metadata);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      byte[] name = namesAndValues[i];
      if (name.length >= PREFIX_BYTES.length
          && Arrays.equals(name, 0, PREFIX_BYTES.length, PREFIX_BYTES, 0, PREFIX_BYTES.length)) {
        return true;
      }
    }
    return false;
  }

  private static void discard(Metadata metadata, String name) {
    if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
      metadata.discardAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
    } else {
      metadata.discardAll(ascii(name));
    }
  }
}
