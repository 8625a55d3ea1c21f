package dev.farcap.transport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The command `ip`, for tests that lay networks of their own. Needs root.
public final class Ip {
  private static final long PATIENCE_S = 10;

  private Ip() {}

  /// Runs it to its end.
  ///
  /// @throws IOException if it is not there, or fails: with what it says
  public static void run(String... arguments) throws IOException {
    Process process =
        new ProcessBuilder(Stream.concat(Stream.of("ip"), Stream.of(arguments)).toList())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("ip " + String.join(" ", arguments) + ": " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /// Likewise, for what may not be there to be removed.
  public static void quietly(String... arguments) {
    try {
      run(arguments);
    } catch (IOException _) {
      // It was not there.
    }
  }
}
