package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.protobuf.ByteString;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A writer swaps a file of one letter for one of another while readers read: whatever they get is
/// uniform, was written, and never older than what they got before. Small files are copied and kept
/// in another way than large ones.
@Timeout(60)
class NeverTornTest {
  private static final int SMALL = PrivateCopy.SMALL_BYTES_MAX;
  private static final int LARGE = 64 * 1024;
  private static final int READERS = 3;

  @TempDir Path folder;
  private final Set<ByteString> written = ConcurrentHashMap.newKeySet();

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void tenThousandSwapsByRename(int bytes) throws Exception {
    try (RomHouse house = new RomHouse(RomHouse.config(folder), null)) {
      check(house, bytes, 10_000, (path, content) -> house.put("config", content));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aThousandWritesInPlace(int bytes) throws Exception {
    try (RomHouse house = new RomHouse(RomHouse.config(folder), null)) {
      check(
          house,
          bytes,
          1_000,
          (path, content) -> {
            try (OutputStream out = Files.newOutputStream(path)) {
              out.write(content, 0, bytes / 2);
              out.write(content, bytes / 2, bytes / 2);
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aThousandWritesOverTheSameBytes(int bytes) throws Exception {
    try (RomHouse house = new RomHouse(RomHouse.config(folder), null)) {
      house.put("config", content(bytes, -1));
      check(
          house,
          bytes,
          1_000,
          (path, content) -> {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
              file.write(content);
            }
          });
    }
  }

  private interface Writer {
    void write(Path path, byte[] content) throws Exception;
  }

  private void check(RomHouse house, int bytes, int swaps, Writer writer) throws Exception {
    house.put("config", content(bytes, -1));
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(READERS);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> readers =
          IntStream.range(0, READERS)
              .mapToObj(
                  _ -> threads.submit(() -> readUntil(house.reader("config"), bytes, begun, done)))
              .toList();
      begun.await();
      for (int i = 0; i < swaps; i++) {
        writer.write(house.root.resolve("config"), content(bytes, i));
      }
      ByteString last = hash(content(bytes, swaps - 1));
      awaitVersion(house, last);
      done.set(true);
      for (Future<Integer> reader : readers) {
        assertTrue(reader.get() > 1, "a reader saw " + reader.get() + " versions");
      }
    }
  }

  /// Reads before the first write, and once more after the last one.
  ///
  /// @return how many different versions it saw
  private int readUntil(RomReader reader, int bytes, CountDownLatch begun, AtomicBoolean done)
      throws Exception {
    int seen = 0;
    long number = 0;
    boolean last;
    do {
      last = done.get();
      Uniform sink = new Uniform(bytes);
      RomVersion version = reader.fetch(sink);
      assertNull(sink.torn);
      assertEquals(bytes, version.length());
      assertTrue(written.contains(version.sha256()), version + " was never written");
      assertTrue(version.number() >= number, version + " after " + number);
      seen += version.number() > number ? 1 : 0;
      number = version.number();
      begun.countDown();
    } while (!last);
    return seen;
  }

  private static void awaitVersion(RomHouse house, ByteString sha256) throws Exception {
    var told = house.watch("config", 0);
    RomVersion version = RomHouse.next(told);
    while (!version.sha256().equals(sha256)) {
      version = RomHouse.next(told);
    }
    if (!told.isEmpty()) {
      fail("the last version was followed by " + told);
    }
  }

  private byte[] content(int bytes, int i) {
    byte[] content = new byte[bytes];
    Arrays.fill(content, (byte) ('A' + (i & 1)));
    // Every swap has its own hash; the letter stays uniform but for the number at the end.
    ByteBuffer.wrap(content, bytes - 4, 4).putInt(i);
    written.add(hash(content));
    return content;
  }

  private static ByteString hash(byte[] content) {
    return ByteString.copyFrom(RomCopier.sha256().digest(content));
  }

  private static final class Uniform implements RomSink {
    private final int length;
    private int letter = -1;
    private int at;
    @Nullable String torn;

    Uniform(int length) {
      this.length = length;
    }

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
        if (at++ < length - 4 && next != letter) {
          torn = "byte " + at + " is " + next + " among " + letter;
        }
      }
    }
  }
}
