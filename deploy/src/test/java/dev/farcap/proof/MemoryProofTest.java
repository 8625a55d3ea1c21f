package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import dev.farcap.session.Quota;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two proxies with heaps of 96 MiB: a reader that stalls costs them no memory, and what they pass
/// on may be far larger than they are.
///
/// `farcap.proof.long`: stalls for a minute instead of 15 s.
@Timeout(300)
class MemoryProofTest {
  private static final long GIB = 1L << 30;
  private static final int BLOCK_BYTES = 32 << 10;
  private static final int READERS = 400;
  private static final long GROWTH_KIB_MAX = 16 << 10;
  private static final Duration STALL =
      Duration.ofSeconds(Boolean.getBoolean("farcap.proof.long") ? 60 : 15);

  @TempDir private Path folder;

  @Test
  void aStalledReaderCostsNoMemory() throws Exception {
    try (Stage stage = Stage.set(folder)) {
      ProcessPair pair = stage.pair();
      AtomicLong sentBytes = new AtomicLong();
      AtomicLong open = new AtomicLong();
      stage.backend().serve((call, headers) -> new Gushing(call, headers, sentBytes, open));
      readAll(stage.program());
      Footprint before = Footprint.of(pair);

      sentBytes.set(0);
      Exchange stalled = stalledCall(stage.program().channel());
      Until.holds("the sender begins", () -> sentBytes.get() > 0);
      long mostBuffered = mostBuffered(pair, STALL);

      System.out.printf(
          "stalled for %s: sent %d KiB, buffered %d, before %s%n",
          STALL, sentBytes.get() >> 10, mostBuffered, before);
      assertTrue(stalled.replies.isEmpty());
      assertTrue(sentBytes.get() < GIB / 64, "the sender was let send " + sentBytes);
      assertTrue(mostBuffered <= Quota.DEFAULT.bufferedBytes(), mostBuffered + " bytes");
      // The compiler gives back what it needs for a moment; what is held for the reader would stay.
      Footprint[] now = {before};
      Until.holds(
          () -> "no growth: before %s, now %s".formatted(before, now[0]),
          Until.PATIENCE,
          () -> {
            now[0] = Footprint.of(pair);
            return now[0].grewFrom(before) <= GROWTH_KIB_MAX;
          });
      System.out.println("after the stall " + now[0]);
      stalled.call.cancel("seen enough", null);
      Until.holds("the sender learns of it", () -> open.get() == 0);
    }
  }

  @Test
  void hundredsOfStalledReadersStayWithinTheSessionsQuota() throws Exception {
    try (Stage stage = Stage.set(folder)) {
      ProcessPair pair = stage.pair();
      AtomicLong sentBytes = new AtomicLong();
      AtomicLong open = new AtomicLong();
      stage.backend().serve((call, headers) -> new Gushing(call, headers, sentBytes, open));
      List<Exchange> stalled = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        stalled.add(stalledCall(stage.program().channel("stalled")));
      }
      Until.holds(() -> open + " open", Until.PATIENCE, () -> open.get() == READERS);
      Until.settled(sentBytes::get, Duration.ofSeconds(1));
      long held = bufferedBytes(pair);
      System.out.printf(
          "%d stalled: %d go on, sent %d KiB, buffered %d, %s%n",
          READERS, open.get(), sentBytes.get() >> 10, held, Footprint.of(pair));
      assertEquals(0, stalled.stream().filter(Exchange::isOver).count(), "streams failed");
      assertTrue(held > 1 << 20, held + " bytes");
      assertTrue(held <= Quota.DEFAULT.bufferedBytes(), held + " bytes");
      Status other = stage.program().echo(new byte[] {1}).status();
      assertTrue(other.isOk(), () -> "another session: " + other);
      assertFalse(pair.server().log().contains("OutOfMemory"), pair.server()::log);
      stalled.forEach(exchange -> exchange.call.cancel("seen enough", null));
      Until.holds("the sender learns of it", () -> open.get() == 0);
      Until.holds("nothing is held", () -> bufferedBytes(pair) == 0);
    }
  }

  /// The most that was held at one of the looks, one a second.
  private static long mostBuffered(ProcessPair pair, Duration time) throws Exception {
    long most = bufferedBytes(pair);
    long began = System.nanoTime();
    for (int second = 1; second <= time.toSeconds(); second++) {
      Until.passed(began + TimeUnit.SECONDS.toNanos(second));
      most = Math.max(most, bufferedBytes(pair));
    }
    return most;
  }

  /// What the proxy that holds more of it has buffered.
  private static long bufferedBytes(ProcessPair pair) throws IOException {
    return (long)
        Math.max(
            pair.server().metric("farcap_buffered_bytes"),
            pair.client().metric("farcap_buffered_bytes"));
  }

  private static Exchange stalledCall(Channel channel) {
    return Exchange.startWithoutReading(
            channel.newCall(Kinds.method(MethodType.SERVER_STREAMING), CallOptions.DEFAULT),
            new Metadata())
        .send(new byte[1], 1)
        .halfClose();
  }

  @Test
  void aRomOfOneGibibytePasses() throws Exception {
    try (ProcessPair pair = ProcessPair.withBackend(folder, folder.resolve("nobody.sock")).start();
        Program program = Program.at(pair.socket())) {
      Path fresh = folder.resolve("fresh");
      writeLarge(fresh);
      Files.move(fresh, pair.roms().resolve("large"), StandardCopyOption.ATOMIC_MOVE);
      RomReader rom = new RomReader(program.channel("large"));
      AtomicLong bytes = new AtomicLong();

      long began = System.nanoTime();
      RomVersion version = rom.fetch(new Counting(bytes));
      double seconds = (System.nanoTime() - began) / 1e9;

      System.out.printf(
          "1 GiB in %.1f s, %.0f MiB/s, %s%n", seconds, 1024 / seconds, Footprint.of(pair));
      assertEquals(GIB, version.length());
      assertEquals(GIB, bytes.get());
    }
  }

  /// What the processes take of the machine once they have collected their garbage.
  private record Footprint(long serverKib, long clientKib) {
    static Footprint of(ProcessPair pair) throws IOException {
      return new Footprint(residentKib(pair.server()), residentKib(pair.client()));
    }

    private static long residentKib(ProxyProcess process) throws IOException {
      var _ = process.heapKib();
      return process.residentKib();
    }

    /// Of the one that grew more, in KiB.
    long grewFrom(Footprint before) {
      return Math.max(serverKib - before.serverKib, clientKib - before.clientKib);
    }
  }

  private static void readAll(Program program) throws Exception {
    AtomicLong bytes = new AtomicLong();
    var call =
        program.channel().newCall(Kinds.method(MethodType.SERVER_STREAMING), CallOptions.DEFAULT);
    Draining draining = new Draining(call, bytes);
    call.start(draining, new Metadata());
    call.request(1);
    call.sendMessage(new byte[1]);
    call.halfClose();
    assertTrue(Served.await(draining.status).isOk());
    assertEquals(GIB, bytes.get());
  }

  /// Reads and forgets.
  private static final class Draining extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final AtomicLong bytes;
    private final CompletableFuture<Status> status = new CompletableFuture<>();

    Draining(ClientCall<byte[], byte[]> call, AtomicLong bytes) {
      this.call = call;
      this.bytes = bytes;
    }

    @Override
    public void onMessage(byte[] message) {
      bytes.addAndGet(message.length);
      call.request(1);
    }

    @Override
    public void onClose(Status received, Metadata trailers) {
      status.complete(received);
    }
  }

  /// Offers a gibibyte, as fast as it is taken.
  private static final class Gushing extends Served {
    private final byte[] block = new byte[BLOCK_BYTES];
    private final AtomicLong sentBytes;
    private final AtomicLong open;
    private long sent;

    Gushing(
        ServerCall<byte[], byte[]> call, Metadata headers, AtomicLong sentBytes, AtomicLong open) {
      super(call, headers, 2);
      this.sentBytes = sentBytes;
      this.open = open;
      open.incrementAndGet();
      call.sendHeaders(new Metadata());
    }

    @Override
    public void onReady() {
      while (call.isReady() && sent < GIB) {
        call.sendMessage(block);
        sent += block.length;
        sentBytes.addAndGet(block.length);
        if (sent == GIB) {
          call.close(Status.OK, new Metadata());
        }
      }
    }

    @Override
    public void onCancel() {
      open.decrementAndGet();
    }

    @Override
    public void onComplete() {
      open.decrementAndGet();
    }
  }

  /// A sparse file with noise here and there.
  private static void writeLarge(Path path) throws IOException {
    Random random = new Random(7);
    byte[] noise = new byte[BLOCK_BYTES];
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(GIB);
      for (long at = 0; at < GIB; at += GIB / 64) {
        random.nextBytes(noise);
        file.seek(at + random.nextInt(BLOCK_BYTES));
        file.write(noise);
      }
    }
  }

  private record Counting(AtomicLong bytes) implements RomSink {
    @Override
    public void begin(RomVersion version) {
      bytes.set(0);
    }

    @Override
    public void data(ByteBuffer data) {
      bytes.addAndGet(data.remaining());
    }
  }
}
