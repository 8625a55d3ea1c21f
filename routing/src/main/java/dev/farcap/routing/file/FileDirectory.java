package dev.farcap.routing.file;

import dev.farcap.config.ConfigException;
import dev.farcap.config.Problem;
import dev.farcap.routing.Directory;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Provider;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what a YAML file says.
///
/// The file is looked at twice a second. A change is taken over as a whole, once the file has
/// looked the same twice: what is still being written, or between being removed and written anew,
/// is not read. [#reload()] reads at once. If the file is broken or gone the last good snapshot
/// stays and each problem is logged once, with line and column.
public final class FileDirectory implements Directory {
  /// What an operator who saves a file takes for at once.
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  private static final Logger LOG = LoggerFactory.getLogger(FileDirectory.class);

  private final Path file;
  private final UnaryOperator<String> addresses;
  private final InstantSource clock;
  private final List<Consumer<DirectorySnapshot>> listeners = new CopyOnWriteArrayList<>();
  private volatile DirectorySnapshot snapshot;
  private volatile Freshness freshness;
  private final LongAdder refused = new LongAdder();
  private List<Problem> problems = List.of();
  private @Nullable Fingerprint settled;
  private @Nullable Fingerprint lastSeen;
  private @Nullable Future<?> polling;

  private FileDirectory(Path file, UnaryOperator<String> addresses, InstantSource clock) {
    this.file = file;
    this.addresses = addresses;
    this.clock = clock;
    this.settled = look();
    this.snapshot = DirectoryReader.read(file, addresses, 1);
    this.freshness = new Freshness(clock.instant(), null);
  }

  /// Reads a file once, whatever media its addresses are of.
  ///
  /// @throws ConfigException with every problem of the file
  public static DirectorySnapshot read(Path file) {
    return read(file, Provider::checkAddress);
  }

  /// Reads a file once.
  ///
  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  /// @throws ConfigException with every problem of the file
  public static DirectorySnapshot read(Path file, UnaryOperator<String> addresses) {
    return DirectoryReader.read(file, addresses, 1);
  }

  /// Reads the text of such a file.
  ///
  /// @param name what to call it in problems and explanations; not opened
  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  /// @throws ConfigException with every problem of the text
  public static DirectorySnapshot parse(Path name, String text, UnaryOperator<String> addresses) {
    return DirectoryReader.parse(name, text, addresses);
  }

  /// Reads a file and keeps looking at it.
  ///
  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  /// @param scheduler where it is looked at and listeners are called; not closed by this
  /// @param clock the time of the machine the file is on
  /// @throws ConfigException with every problem of the file: there is no good snapshot yet
  public static FileDirectory open(
      Path file,
      UnaryOperator<String> addresses,
      ScheduledExecutorService scheduler,
      InstantSource clock) {
    FileDirectory directory = new FileDirectory(file, addresses, clock);
    long millis = POLL_INTERVAL.toMillis();
    directory.polling =
        scheduler.scheduleWithFixedDelay(directory::poll, millis, millis, TimeUnit.MILLISECONDS);
    return directory;
  }

  @Override
  public DirectorySnapshot snapshot() {
    return snapshot;
  }

  @Override
  public Freshness freshness() {
    return freshness;
  }

  @Override
  public String source() {
    return file.toString();
  }

  @Override
  public long refused() {
    return refused.sum();
  }

  @Override
  public synchronized Subscription subscribe(Consumer<DirectorySnapshot> listener) {
    listeners.add(listener);
    call(listener);
    return () -> listeners.remove(listener);
  }

  /// Reads the file now, whether or not it seems to have changed.
  ///
  /// @return what is wrong with it; empty if its content is in force
  public synchronized List<Problem> reload() {
    settled = look();
    try {
      accept(DirectoryReader.read(file, addresses, snapshot.number() + 1));
    } catch (ConfigException e) {
      keep(e);
    }
    return problems;
  }

  @Override
  public synchronized void close() {
    if (polling != null) {
      polling.cancel(false);
    }
    listeners.clear();
  }

  private synchronized void poll() {
    try {
      Fingerprint seen = Fingerprint.of(file);
      boolean resting = Objects.equals(seen, lastSeen);
      lastSeen = seen;
      if (seen != null && seen.equals(settled)) {
        confirm();
      } else if (resting) {
        reload();
      }
    } catch (RuntimeException e) {
      LOG.error("{}: looking at it failed, the last good routes stay", file, e);
    }
  }

  private void confirm() {
    if (problems.isEmpty()) {
      freshness = new Freshness(clock.instant(), null);
    }
  }

  /// Null where the file must be read again next time, whatever it looks like then.
  private @Nullable Fingerprint look() {
    Fingerprint seen = Fingerprint.of(file);
    return seen != null && seen.settledAt(clock.instant()) ? seen : null;
  }

  private void accept(DirectorySnapshot read) {
    boolean mended = !problems.isEmpty();
    problems = List.of();
    boolean changed = !read.saysTheSameAs(snapshot);
    if (changed) {
      snapshot = read;
    }
    // After them: what is confirmed now is not said of the former routes.
    confirm();
    if (changed) {
      LOG.info(
          "{}: routes {} in force, {} providers, {} rules",
          file,
          read.number(),
          read.providers().size(),
          read.rules().size());
      listeners.forEach(this::call);
    } else if (mended) {
      LOG.info("{}: good again, routes {} stay in force", file, read.number() - 1);
    }
  }

  private void keep(ConfigException e) {
    freshness = new Freshness(freshness.confirmed(), Objects.toString(e.getMessage()));
    if (!e.problems().equals(problems)) {
      problems = e.problems();
      refused.increment();
      LOG.warn("{}: not taken over, routes {} stay in force", file, snapshot.number());
      problems.forEach(problem -> LOG.warn("{}", problem));
    }
  }

  private void call(Consumer<DirectorySnapshot> listener) {
    try {
      listener.accept(snapshot);
    } catch (RuntimeException e) {
      LOG.error("{}: a listener failed on routes {}", file, snapshot.number(), e);
    }
  }
}
