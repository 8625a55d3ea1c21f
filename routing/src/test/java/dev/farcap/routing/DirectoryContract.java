package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.routing.Directory.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// What every directory promises, whatever its source.
public abstract class DirectoryContract {
  /// Longer than any source may take to be noticed.
  protected static final Duration SOON = Duration.ofSeconds(30);

  /// Opens a directory on the source, to be closed by the test.
  protected abstract Directory open() throws Exception;

  /// Puts a text into the source, in one step.
  protected abstract void write(String text) throws Exception;

  /// Empties the source.
  protected abstract void remove() throws Exception;

  /// A text with this provider alone, and a rule that leads to it.
  protected static String text(String provider) {
    return """
    providers: {%1$s: {identity: farcap://lab/%1$s, services: [ROM]}}
    routes: [{service: ROM, to: [%1$s]}]
    """
        .formatted(provider);
  }

  /// Number and provider.
  protected static String told(DirectorySnapshot snapshot) {
    return snapshot.number() + " " + provider(snapshot);
  }

  private static String provider(DirectorySnapshot snapshot) {
    return snapshot.providers().values().iterator().next().name();
  }

  /// Waits until something is so.
  public static void await(String what, BooleanSupplier so) {
    long end = System.nanoTime() + SOON.toNanos();
    while (!so.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "not within " + SOON + ": " + what);
      LockSupport.parkNanos(5_000_000);
    }
  }

  /// Why a directory cannot be confirmed, as text.
  public static String trouble(Directory directory) {
    return String.valueOf(directory.freshness().trouble());
  }

  @Test
  void aDirectorySaysWhatItsSourceSays() throws Exception {
    write(text("host-a"));

    try (Directory directory = open()) {
      DirectorySnapshot snapshot = directory.snapshot();

      assertEquals("1 host-a", told(snapshot));
      assertEquals(1, snapshot.rules().size());
      assertTrue(snapshot.rules().getFirst().place().endsWith(":2"), snapshot.rules()::toString);
      await("all is well", () -> directory.freshness().trouble() == null);
      assertEquals(0, directory.refused());
    }
  }

  @Test
  void aChangeIsNoticedWithoutBeingTold() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      BlockingQueue<String> seen = new LinkedBlockingQueue<>();
      directory.subscribe(snapshot -> seen.add(told(snapshot)));

      write(text("host-b"));

      assertEquals("1 host-a", seen.poll(SOON.toSeconds(), TimeUnit.SECONDS));
      assertEquals("2 host-b", seen.poll(SOON.toSeconds(), TimeUnit.SECONDS));
      assertEquals("2 host-b", told(directory.snapshot()));
    }
  }

  @Test
  void aChangeIsTakenOverAsAWhole() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      List<String> torn = Collections.synchronizedList(new ArrayList<>());
      directory.subscribe(
          snapshot -> {
            if (!snapshot.rules().getFirst().targets().toString().contains(provider(snapshot))) {
              torn.add(snapshot.toString());
            }
          });
      for (String next : List.of("host-b", "host-c", "host-d")) {
        write(text(next));
        await(next, () -> provider(directory.snapshot()).equals(next));
      }

      assertEquals(List.of(), torn);
    }
  }

  @Test
  void whatSaysTheSameIsNoChange() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      DirectorySnapshot before = directory.snapshot();
      write(text("host-a") + "# a remark\n");
      write(text("host-a") + "# another remark\n");
      Instant written = Instant.now();

      await("confirmed", () -> directory.freshness().confirmed().isAfter(written));

      assertSame(before, directory.snapshot());
    }
  }

  @Test
  void whatIsBrokenKeepsTheOldStateAndSaysWhereAndWhy() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      await("confirmed", () -> directory.freshness().trouble() == null);
      write("providers:\n  host-b: {identity: x}\nroute: []\n");

      await("trouble", () -> directory.freshness().trouble() != null);

      assertTrue(trouble(directory).contains(":2:"), trouble(directory));
      assertEquals("1 host-a", told(directory.snapshot()));
      assertEquals(1, directory.refused());
    }
  }

  @Test
  void whatIsMendedIsTakenOver() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      write("providers: [");
      await("trouble", () -> directory.freshness().trouble() != null);

      write(text("host-b"));

      await("mended", () -> told(directory.snapshot()).equals("2 host-b"));
      await("no trouble", () -> directory.freshness().trouble() == null);
    }
  }

  @Test
  void aSourceThatIsGoneKeepsTheOldState() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      remove();

      await("trouble", () -> directory.freshness().trouble() != null);
      assertEquals("1 host-a", told(directory.snapshot()));

      write(text("host-b"));
      await("back", () -> told(directory.snapshot()).equals("2 host-b"));
      await("no trouble", () -> directory.freshness().trouble() == null);
    }
  }

  @Test
  void aSourceThatIsWellIsConfirmedAgainAndAgain() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      Instant begun = Instant.now();

      await("confirmed", () -> directory.freshness().confirmed().isAfter(begun));

      assertNull(directory.freshness().trouble());
    }
  }

  @Test
  void listenersSeeTheCurrentStateAndThenEveryLaterOneInOrder() throws Exception {
    write(text("host-a"));
    try (Directory directory = open()) {
      List<String> seen = Collections.synchronizedList(new ArrayList<>());
      directory.subscribe(
          _ -> {
            throw new IllegalStateException("a listener that fails");
          });
      Subscription subscription = directory.subscribe(snapshot -> seen.add(told(snapshot)));
      write(text("host-b"));
      await("host-b", () -> seen.contains("2 host-b"));
      write(text("host-c"));
      await("host-c", () -> seen.contains("3 host-c"));
      subscription.close();
      write(text("host-d"));
      await("host-d", () -> told(directory.snapshot()).equals("4 host-d"));

      assertEquals(List.of("1 host-a", "2 host-b", "3 host-c"), seen);
    }
  }

  @Test
  void aClosedDirectoryKeepsItsLastSnapshotAndTellsNobody() throws Exception {
    write(text("host-a"));
    Directory directory = open();
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    directory.subscribe(snapshot -> seen.add(told(snapshot)));

    directory.close();
    directory.close();
    write(text("host-b"));
    try (Directory other = open()) {
      await("host-b", () -> provider(other.snapshot()).equals("host-b"));
    }

    assertEquals("1 host-a", told(directory.snapshot()));
    assertEquals(List.of("1 host-a"), seen);
  }
}
