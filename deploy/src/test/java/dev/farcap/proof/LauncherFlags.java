package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// What `bin/farcap` tells the Java machine, out of the script itself.
final class LauncherFlags {
  private static final Path SCRIPT = Path.of("src/main/dist/bin/farcap");

  /// The shell reads its own list: an assignment over some lines, with comments.
  private static final String PRINT =
      "eval \"$(sed -n '/^flags=(/,/^)/p' \"$1\")\"; printf '%s\\n' \"${flags[@]}\"";

  private LauncherFlags() {}

  /// In their order.
  static List<String> read() throws IOException {
    Process shell =
        new ProcessBuilder("bash", "-euc", PRINT, "bash", SCRIPT.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, shell.onExit().join().exitValue(), said);
    List<String> flags = said.lines().toList();
    assertTrue(flags.contains("-Xmx96m"), () -> SCRIPT + " has other flags: " + flags);
    return flags;
  }
}
