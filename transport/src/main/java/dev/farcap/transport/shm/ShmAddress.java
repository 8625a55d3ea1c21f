package dev.farcap.transport.shm;

import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// `shm:///path/to/socket`.
///
/// @param path of the rendezvous socket, absolute
record ShmAddress(Path path) {
  static final String SCHEME = ShmMedium.NAME + "://";

  /// @throws IllegalArgumentException if the text is not of the form
  static ShmAddress parse(String text) {
    if (text.startsWith(SCHEME + "/") && text.length() > SCHEME.length() + 1) {
      try {
        return new ShmAddress(Path.of(text.substring(SCHEME.length())));
      } catch (InvalidPathException _) {
        // Refused below.
      }
    }
    throw new IllegalArgumentException(
        "address '" + text + "' is not of the form shm:///path/to/socket");
  }

  DomainSocketAddress socket() {
    return new DomainSocketAddress(path.toString());
  }

  @Override
  public String toString() {
    return SCHEME + path;
  }
}
