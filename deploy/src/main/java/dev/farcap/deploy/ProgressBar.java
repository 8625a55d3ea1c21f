package dev.farcap.deploy;

import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// One line about a long transfer, for whoever watches a terminal. A short one shows nothing.
final class ProgressBar implements RomSink, AutoCloseable {
  /// Shorter transfers would only flicker.
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long APART_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double SECOND_NANOS = 1e9;
  private static final int WIDTH = 30;
  private static final int PERCENT = 100;
  private static final int UNIT = 1 << 10;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
  private static final String CLEAR = "\r\u001b[K";

  private final String name;
  private final PrintStream terminal;
  private final LongSupplier nanoTime;
  private final long start;
  private long shownNanos;
  private boolean visible;
  private long length;
  private long done;

  /// @param terminal must be one
  ProgressBar(String name, PrintStream terminal, LongSupplier nanoTime) {
    this.name = name;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
    shownNanos = start;
  }

  /// Whether stderr is known to be a terminal.
  static boolean isWatched() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException _) {
      // A process without /proc, or with stderr closed: a bar nobody sees is no loss.
      return false;
    }
  }

  @Override
  public void begin(RomVersion version) {
    length = version.length();
    done = 0;
  }

  @Override
  public void data(ByteBuffer bytes) {
    done += bytes.remaining();
    long now = nanoTime.getAsLong();
    if (now - start >= PATIENCE_NANOS && now - shownNanos >= APART_NANOS) {
      shownNanos = now;
      visible = true;
      terminal.print(CLEAR + line(now));
      terminal.flush();
    }
  }

  private String line(long now) {
    double fraction = length == 0 ? 1 : (double) done / length;
    int filled = (int) (fraction * WIDTH);
    double perSecond = done / ((now - start) / SECOND_NANOS);
    return "%s [%s%s] %3d %%  %s of %s, %s/s"
        .formatted(
            name,
            "=".repeat(filled),
            " ".repeat(WIDTH - filled),
            (int) (fraction * PERCENT),
            amount(done),
            amount(length),
            amount((long) perSecond));
  }

  private static String amount(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= UNIT && unit < UNITS.length - 1) {
      value /= UNIT;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
  }

  /// Leaves the line empty.
  @Override
  public void close() {
    if (visible) {
      terminal.print(CLEAR);
      terminal.flush();
    }
  }
}
