package dev.farcap.routing.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.farcap.config.ConfigException;
import dev.farcap.routing.Directory.Freshness;
import dev.farcap.routing.Directory.Subscription;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Provider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class FileDirectoryTest {
  private final ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(1);
  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void aGoodFile() throws IOException {
    file = folder.resolve("directory.yaml");
    write("host-a");
  }

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  @Test
  void aFileThatIsBrokenAtFirstIsRefused() throws IOException {
    Files.writeString(file, "providers: 1");

    ConfigException e = assertThrows(ConfigException.class, this::open);

    assertEquals(file + ":1:12: providers: expected a mapping, found '1'", e.getMessage());
  }

  @Test
  void aReloadTakesAChangeOver() throws IOException {
    try (FileDirectory directory = open()) {
      write("host-b");

      assertEquals(List.of(), directory.reload());

      assertEquals("2 host-b", text(directory.snapshot()));
    }
  }

  @Test
  void whatSaysTheSameIsNoChange() throws IOException {
    try (FileDirectory directory = open()) {
      DirectorySnapshot before = directory.snapshot();
      Files.writeString(file, Files.readString(file) + "# a remark\n");

      directory.reload();

      assertEquals(before, directory.snapshot());
    }
  }

  @Test
  void aBrokenFileKeepsTheOldStateAndSaysWhy() throws IOException {
    try (FileDirectory directory = open()) {
      Instant confirmed = directory.freshness().confirmed();
      List<String> seen = new ArrayList<>();
      directory.subscribe(snapshot -> seen.add(text(snapshot)));
      Files.writeString(file, "providers:\n  host-b: {identity: x}\nroute: []\n");

      List<String> problems = directory.reload().stream().map(Object::toString).toList();

      assertEquals("1 host-a", text(directory.snapshot()));
      assertEquals(List.of("1 host-a"), seen);
      assertEquals(3, problems.size(), problems::toString);
      assertEquals(new Freshness(confirmed, String.join("\n", problems)), directory.freshness());
    }
  }

  @Test
  void eachProblemIsLoggedOnceHoweverOftenTheFileIsRead() throws IOException {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(FileDirectory.class);
    try (FileDirectory directory = open()) {
      log.start();
      logger.addAppender(log);
      Files.writeString(file, "providers: 1\nroute: []\n");
      directory.reload();
      directory.reload();
      Files.writeString(file, "providers: 2\n");
      directory.reload();
      write("host-a");
      directory.reload();
      directory.reload();
    } finally {
      logger.detachAppender(log);
    }

    assertEquals(
        """
        F: not taken over, routes 1 stay in force
        F:1:12: providers: expected a mapping, found '1'
        F:2:1: unknown key 'route', did you mean 'routes'?
        F: not taken over, routes 1 stay in force
        F:1:12: providers: expected a mapping, found '2'
        F: good again, routes 1 stay in force\
        """,
        log.list.stream()
            .map(event -> event.getFormattedMessage().replace(file.toString(), "F"))
            .collect(Collectors.joining("\n")));
  }

  @Test
  void aMendedFileIsTakenOver() throws IOException {
    try (FileDirectory directory = open()) {
      Files.writeString(file, "providers: [");
      directory.reload();
      write("host-b");

      directory.reload();

      assertEquals("2 host-b", text(directory.snapshot()));
      assertNull(directory.freshness().trouble());
    }
  }

  @Test
  void aFileThatIsGoneKeepsTheOldState() throws IOException {
    try (FileDirectory directory = open()) {
      Files.delete(file);

      directory.reload();

      assertEquals("1 host-a", text(directory.snapshot()));
      String trouble = directory.freshness().trouble();
      assertNotNull(trouble);
      assertTrue(trouble.endsWith("there is no such file"), trouble);
    }
  }

  @Test
  void listenersSeeTheCurrentStateAndThenEveryLaterOneInOrder() throws IOException {
    try (FileDirectory directory = open()) {
      List<String> seen = new ArrayList<>();
      directory.subscribe(
          _ -> {
            throw new IllegalStateException("a listener that fails");
          });
      Subscription subscription = directory.subscribe(snapshot -> seen.add(text(snapshot)));
      write("host-b");
      directory.reload();
      write("host-c");
      directory.reload();
      subscription.close();
      write("host-d");
      directory.reload();

      assertEquals(List.of("1 host-a", "2 host-b", "3 host-c"), seen);
      assertEquals("4 host-d", text(directory.snapshot()));
    }
  }

  @Test
  void aChangeIsNoticedWithoutBeingTold() throws Exception {
    try (FileDirectory directory = open()) {
      BlockingQueue<String> seen = new LinkedBlockingQueue<>();
      directory.subscribe(snapshot -> seen.add(text(snapshot)));
      Path fresh = folder.resolve("fresh");
      Files.writeString(fresh, text("host-b"));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);

      assertEquals("1 host-a", seen.poll(10, TimeUnit.SECONDS));
      assertEquals("2 host-b", seen.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aChangeOfTheSameSizeWithinTheSameTickIsNoticed() throws Exception {
    FileTime tick = Files.getLastModifiedTime(file);
    try (FileDirectory directory = open()) {
      BlockingQueue<String> seen = new LinkedBlockingQueue<>();
      directory.subscribe(snapshot -> seen.add(text(snapshot)));
      write("host-b");
      Files.setLastModifiedTime(file, tick);

      assertEquals("1 host-a", seen.poll(10, TimeUnit.SECONDS));
      assertEquals("2 host-b", seen.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aFileThatIsStillBeingWrittenIsNotRead() throws Exception {
    BlockingQueue<Runnable> polls = new LinkedBlockingQueue<>();
    ScheduledExecutorService byHand =
        new ScheduledThreadPoolExecutor(0) {
          @Override
          public ScheduledFuture<?> scheduleWithFixedDelay(
              Runnable poll, long first, long delay, TimeUnit unit) {
            polls.add(poll);
            return schedule(() -> {}, 1, TimeUnit.DAYS);
          }
        };
    try (byHand;
        FileDirectory directory =
            FileDirectory.open(file, Provider::checkAddress, byHand, InstantSource.system())) {
      Runnable poll = polls.remove();
      poll.run();
      Files.writeString(file, text("host-b"));
      poll.run();
      assertEquals("1 host-a", text(directory.snapshot()));
      Files.writeString(file, text("host-b") + text("host-c").replace("providers", "routes"));
      poll.run();
      assertNull(directory.freshness().trouble());
      Files.writeString(file, text("host-dd"));
      poll.run();
      poll.run();

      assertEquals("2 host-dd", text(directory.snapshot()));
      byHand.shutdownNow();
    }
  }

  @Test
  void aClosedDirectoryKeepsItsLastSnapshotAndLooksNoMore() throws IOException {
    FileDirectory directory = open();

    directory.close();
    directory.close();

    assertEquals("1 host-a", text(directory.snapshot()));
    ScheduledThreadPoolExecutor pool = (ScheduledThreadPoolExecutor) scheduler;
    pool.purge();
    assertEquals(0, pool.getQueue().size());
  }

  private FileDirectory open() {
    return FileDirectory.open(file, Provider::checkAddress, scheduler, InstantSource.system());
  }

  private void write(String provider) throws IOException {
    Files.writeString(file, text(provider));
  }

  private static String text(String provider) {
    return "providers: {%s: {identity: farcap://lab/%s, services: [ROM]}}\n"
        .formatted(provider, provider);
  }

  private static String text(DirectorySnapshot snapshot) {
    return snapshot.number() + " " + snapshot.providers().values().iterator().next().name();
  }
}
