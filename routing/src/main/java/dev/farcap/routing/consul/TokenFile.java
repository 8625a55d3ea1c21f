package dev.farcap.routing.consul;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.kiwiproject.consul.AuthTokenProvider;

/// The ACL token, read from its file at each request: who replaces the file need not restart.
record TokenFile(Path file) implements AuthTokenProvider {
  private static final int BYTES_MAX = 1 << 10;

  /// The token.
  ///
  /// @throws ConsulFailure if the file cannot be used
  String read() throws ConsulFailure {
    String token = new String(SecretFile.read(file, BYTES_MAX), StandardCharsets.US_ASCII).strip();
    if (!token.matches("[!-~]+")) {
      throw new ConsulFailure(file + " holds no ACL token", false, null);
    }
    return token;
  }

  @Override
  public String getToken() {
    try {
      return read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
