package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.rom.RomListener;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.RomWatch;
import io.grpc.StatusRuntimeException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A module is swapped behind the server-proxy while a program reads and watches it through the
/// client-proxy: every version is whole, was published, none comes back, and the last is reached.
@Timeout(120)
class NeverTornProofTest {
  private static final int BYTES = 64 * 1024;
  private static final int SWAPS = 1_000;
  private static final int WRITES_IN_PLACE = 200;

  /// The writer waits for the reader now and then, so that many versions are seen.
  private static final int SWAPS_A_READ = 10;

  @TempDir private Path folder;
  private final Set<ByteString> published = ConcurrentHashMap.newKeySet();
  private final AtomicInteger reads = new AtomicInteger();

  @Test
  void everyVersionReadIsWholeAndTheLastIsReached() throws Exception {
    try (ProcessPair pair = ProcessPair.withBackend(folder, folder.resolve("nobody.sock")).start();
        Program program = Program.at(pair.socket());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Path module = pair.roms().resolve("config");
      swap(module, content(0));
      RomReader rom = new RomReader(program.channel("config"));
      AtomicBoolean done = new AtomicBoolean();
      Future<Integer> reader = threads.submit(() -> readUntil(rom, done));
      Watching watching = new Watching();
      try (RomWatch _ = rom.watch(0, watching)) {
        byte[] last = content(0);
        for (int i = 1; i <= SWAPS + WRITES_IN_PLACE; i++) {
          last = content(i);
          if (i <= SWAPS) {
            swap(module, last);
          } else {
            writeInPlace(module, last);
          }
          if (i % SWAPS_A_READ == 0) {
            awaitRead(reader);
          }
        }
        ByteString newest = hash(last);
        Until.holds(
            () -> "the last version, " + watching,
            Duration.ofSeconds(20),
            () -> watching.hash.get().equals(newest));
        RomVersion fetched = rom.fetch(new Uniform());
        assertEquals(newest, fetched.sha256());
      } finally {
        done.set(true);
      }
      int seen = reader.get();
      System.out.printf(
          "%d reads, %d versions read, %d told%n", reads.get(), seen, watching.told.get());
      assertTrue(seen > (SWAPS + WRITES_IN_PLACE) / SWAPS_A_READ / 2, seen + " versions seen");
      assertNull(watching.failure.get());
    }
  }

  private void awaitRead(Future<Integer> reader) throws Exception {
    int before = reads.get();
    Until.holds(
        "a read more",
        () -> {
          if (reader.isDone()) {
            var _ = reader.get();
          }
          return reads.get() > before;
        });
  }

  /// @return how many different versions it saw
  private int readUntil(RomReader rom, AtomicBoolean done) throws Exception {
    int seen = 0;
    long number = 0;
    while (!done.get()) {
      Uniform sink = new Uniform();
      RomVersion version = rom.fetch(sink);
      reads.incrementAndGet();
      assertNull(sink.torn);
      assertEquals(BYTES, version.length());
      assertTrue(published.contains(version.sha256()), version + " was never published");
      assertTrue(version.number() >= number, version + " after " + number);
      seen += version.number() > number ? 1 : 0;
      number = version.number();
    }
    return seen;
  }

  private static void swap(Path module, byte[] content) throws Exception {
    Path fresh = module.resolveSibling("." + module.getFileName() + ".new");
    Files.write(fresh, content);
    Files.move(fresh, module, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void writeInPlace(Path module, byte[] content) throws Exception {
    try (OutputStream out = Files.newOutputStream(module)) {
      out.write(content, 0, BYTES / 2);
      out.write(content, BYTES / 2, BYTES / 2);
    }
  }

  /// One letter, and a number at the end so that each has its own hash.
  private byte[] content(int i) throws Exception {
    byte[] content = new byte[BYTES];
    Arrays.fill(content, (byte) ('A' + (i & 1)));
    ByteBuffer.wrap(content, BYTES - 4, 4).putInt(i);
    published.add(hash(content));
    return content;
  }

  private static ByteString hash(byte[] content) throws Exception {
    return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(content));
  }

  /// What the watch tells: numbers only grow.
  private static final class Watching implements RomListener {
    private final AtomicReference<ByteString> hash = new AtomicReference<>(ByteString.EMPTY);
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final AtomicInteger told = new AtomicInteger();
    private long number;

    @Override
    public void changed(RomVersion version) {
      if (version.number() <= number) {
        failure.set(version + " after " + number);
      }
      number = version.number();
      hash.set(version.sha256());
      told.incrementAndGet();
    }

    @Override
    public void failed(StatusRuntimeException reason) {
      failure.set(reason.toString());
    }

    @Override
    public String toString() {
      return "told " + told + " versions, the last with number " + number + ", failure " + failure;
    }
  }

  private static final class Uniform implements RomSink {
    private int letter = -1;
    private int at;
    private @Nullable String torn;

    @Override
    public void begin(RomVersion version) {
      letter = -1;
      at = 0;
    }

    @Override
    public void data(ByteBuffer bytes) {
      while (bytes.hasRemaining()) {
        int next = bytes.get();
        letter = letter < 0 ? next : letter;
        if (at++ < BYTES - 4 && next != letter) {
          torn = "byte " + at + " is " + next + " among " + letter;
        }
      }
    }
  }
}
