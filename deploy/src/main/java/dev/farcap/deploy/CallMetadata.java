package dev.farcap.deploy;

import dev.farcap.session.MetadataKeys;
import io.grpc.Metadata;
import java.util.Base64;
import java.util.List;

/// Reads `KEY=VALUE` from the command line.
final class CallMetadata {
  private CallMetadata() {}

  static Metadata of(List<String> pairs) {
    Metadata metadata = new Metadata();
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw usage("--metadata '" + pair + "' is not of the form KEY=VALUE");
      }
      try {
        put(metadata, pair.substring(0, equals), pair.substring(equals + 1));
      } catch (IllegalArgumentException e) {
        throw usage("--metadata '" + pair + "': " + e.getMessage());
      }
    }
    return metadata;
  }

  private static void put(Metadata metadata, String key, String value) {
    if (key.startsWith(MetadataKeys.PREFIX)) {
      throw new IllegalArgumentException(
          "keys that begin with " + MetadataKeys.PREFIX + " are Farcap's own; see --label");
    }
    if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
      metadata.put(
          Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER), Base64.getDecoder().decode(value));
    } else {
      metadata.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
    }
  }

  private static CommandException usage(String message) {
    return new CommandException(ExitCode.USAGE, message);
  }
}
