package dev.farcap.transport.shm;

import dev.farcap.transport.UnixSocketPath;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// `shm:///path/to/socket`.
///
/// @param path of the rendezvous socket, absolute
record ShmAddress(Path path) {
  static final String SCHEME = ShmMedium.NAME + "://";

  /// @throws IllegalArgumentException if the text is not of the form, or the path is longer than
  ///   any socket's may be
  static ShmAddress parse(String text) {
    if (!text.startsWith(SCHEME + "/") || text.length() == SCHEME.length() + 1) {
      throw otherForm(text);
    }
    try {
      ShmAddress address = new ShmAddress(Path.of(text.substring(SCHEME.length())));
      checkLength(address.path);
      return address;
    } catch (InvalidPathException _) {
      throw otherForm(text);
    }
  }

  private static IllegalArgumentException otherForm(String text) {
    return new IllegalArgumentException(
        "address '" + text + "' is not of the form shm:///path/to/socket");
  }

  private static void checkLength(Path path) {
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > UnixSocketPath.PATH_BYTES_MAX) {
      throw new IllegalArgumentException(
          "address '%s%s': the path is %d bytes, limit %d"
              .formatted(SCHEME, path, bytes, UnixSocketPath.PATH_BYTES_MAX));
    }
  }

  DomainSocketAddress socket() {
    return new DomainSocketAddress(path.toString());
  }

  @Override
  public String toString() {
    return SCHEME + path;
  }
}
