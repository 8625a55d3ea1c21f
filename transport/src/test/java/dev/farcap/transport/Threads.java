package dev.farcap.transport;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The threads of this process, virtual ones, too.
///
/// Carriers are not among them: they come and go with the virtual threads they carry.
///
/// @param alive each by its number, which none has after it, and its name
record Threads(Set<String> alive) {
  private static final Pattern THREAD = Pattern.compile("(#\\d+ \".*\").*");
  private static final String CARRIER = "\"ForkJoinPool-1-worker-";

  /// At this moment. Only a dump has the virtual ones.
  static Threads now() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    try {
      Path folder = Files.createTempDirectory("farcap");
      Path dump = folder.resolve("threads");
      try {
        machine.dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
        return of(dump);
      } finally {
        Files.deleteIfExists(dump);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Threads of(Path dump) throws IOException {
    Set<String> alive = new TreeSet<>();
    for (String line : Files.readAllLines(dump)) {
      var thread = THREAD.matcher(line);
      if (thread.matches() && !line.contains(CARRIER)) {
        alive.add(thread.group(1));
      }
    }
    return new Threads(alive);
  }

  /// Awaits the end of all that were not there then.
  void awaitAgain() {
    Recorder.awaitThat(() -> "end of " + now().since(this), () -> now().since(this).isEmpty());
  }

  private Set<String> since(Threads before) {
    Set<String> later = new TreeSet<>(alive);
    later.removeAll(before.alive);
    return later;
  }
}
