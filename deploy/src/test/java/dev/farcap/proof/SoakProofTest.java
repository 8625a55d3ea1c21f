package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pair at 70 % of what it can do, with ROMs that change, log lines, streams, sessions that come
/// and go, and cuts: what it holds in the last quarter of the time is what it held in the first.
///
/// `farcap.soak.minutes`: how long, 20 by default.
@Tag("slow")
class SoakProofTest {
  private static final Duration SOAK = Duration.ofMinutes(Long.getLong("farcap.soak.minutes", 20));

  /// Compilers, caches and pools reach their size before the first look.
  private static final Duration WARM_UP = Duration.ofSeconds(40);

  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration CUT = Duration.ofSeconds(13);
  private static final double LOAD = 0.7;
  private static final int IN_FLIGHT = 16;
  private static final int IN_FLIGHT_MAX = 500;
  private static final int STREAM_MESSAGES = 50;
  private static final double GROWTH_MAX = 0.03;

  @TempDir private Path folder;
  private final AtomicBoolean going = new AtomicBoolean(true);
  private final AtomicLong failed = new AtomicLong();
  private final List<Thread> workers = new ArrayList<>();

  /// One thing that a process holds.
  ///
  /// @param slack that means nothing: less than one look differs from the next
  private record Gauge(String name, double slack) {}

  private static final List<Gauge> GAUGES =
      List.of(
          new Gauge("heap KiB", 512),
          new Gauge("direct KiB", 512),
          new Gauge("resident KiB", 4_096),
          new Gauge("descriptors", 3),
          new Gauge("threads", 3),
          new Gauge("sessions", 12),
          new Gauge("links", 1));

  @Test
  void whatIsHeldStaysFlat() throws Exception {
    try (Backend backend = Backend.at(folder.resolve("backend.sock"));
        ProcessPair pair =
            ProcessPair.withBackend(folder, backend.socket())
                .cuttable()
                .withTimes("{resumeWindow: 30s}", "1s")
                .start();
        Program program = Program.at(pair.socket())) {
      backend.serve(Streaming::new);
      double capacity = capacity(program);
      double rate = LOAD * capacity;
      System.out.printf("capacity %.0f calls/s, load %.0f calls/s%n", capacity, rate);
      AtomicLong calls = new AtomicLong();
      begin(() -> calls(program, rate, calls));
      begin(() -> roms(pair));
      begin(() -> reads(program));
      begin(() -> lines(program));
      begin(() -> streams(program));
      begin(() -> sessions(program));
      begin(() -> cuts(pair));
      LockSupport.parkNanos(WARM_UP.toNanos());

      List<Map<String, Map<Gauge, Double>>> looks = watch(pair);

      going.set(false);
      for (Thread worker : workers) {
        assertTrue(worker.join(Until.PATIENCE), "somebody goes on");
      }
      System.out.printf("%d calls, %d failed, %d looks%n", calls.get(), failed.get(), looks.size());
      assertFlat(looks);
      assertEquals(0, failed.get(), "a cut failed a call");
    }
  }

  private List<Map<String, Map<Gauge, Double>>> watch(ProcessPair pair) throws Exception {
    List<Map<String, Map<Gauge, Double>>> looks = new ArrayList<>();
    long end = System.nanoTime() + SOAK.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK.toNanos());
      looks.add(Map.of("client", look(pair.client()), "server", look(pair.server())));
    }
    return looks;
  }

  private static Map<Gauge, Double> look(ProxyProcess process) throws Exception {
    Map<Gauge, Double> look = new LinkedHashMap<>();
    look.put(GAUGES.get(0), (double) process.heapKib());
    look.put(GAUGES.get(1), process.metric("farcap_direct_bytes") / 1024);
    look.put(GAUGES.get(2), (double) process.residentKib());
    look.put(GAUGES.get(3), (double) process.descriptors());
    look.put(GAUGES.get(4), (double) process.threads());
    look.put(GAUGES.get(5), process.metric("farcap_sessions"));
    look.put(GAUGES.get(6), process.metric("farcap_links"));
    return look;
  }

  private static void assertFlat(List<Map<String, Map<Gauge, Double>>> looks) {
    List<String> grown = new ArrayList<>();
    int quarter = looks.size() / 4;
    for (String process : List.of("client", "server")) {
      for (Gauge gauge : GAUGES) {
        double first = mean(looks.subList(0, quarter), process, gauge);
        double last = mean(looks.subList(looks.size() - quarter, looks.size()), process, gauge);
        String line =
            "%s %s: %.1f in the first quarter, %.1f in the last"
                .formatted(process, gauge.name(), first, last);
        System.out.println(line);
        if (last - first > Math.max(GROWTH_MAX * first, gauge.slack())) {
          grown.add(line);
        }
      }
    }
    assertTrue(grown.isEmpty(), grown::toString);
  }

  private static double mean(
      List<Map<String, Map<Gauge, Double>>> looks, String process, Gauge gauge) {
    return looks.stream()
        .mapToDouble(look -> look.getOrDefault(process, Map.of()).getOrDefault(gauge, 0.0))
        .average()
        .orElseThrow();
  }

  // ---- what goes on ---------------------------------------------------------------------------

  private interface Work {
    void run() throws Exception;
  }

  private void begin(Work work) {
    workers.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (Exception e) {
                    failed.incrementAndGet();
                    System.out.println("failed: " + e);
                  }
                }));
  }

  /// Calls a second with a few in flight.
  private static double capacity(Program program) throws Exception {
    double best = 0;
    for (int round = 0; round < 3; round++) {
      Semaphore free = new Semaphore(IN_FLIGHT);
      AtomicLong done = new AtomicLong();
      long began = System.nanoTime();
      while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(4)) {
        free.acquire();
        unary(
            program,
            status -> {
              done.incrementAndGet();
              free.release();
            });
      }
      best = Math.max(best, done.get() / ((System.nanoTime() - began) / 1e9));
    }
    return best;
  }

  /// So many calls a second, whether or not earlier ones are over; none while too many wait.
  private void calls(Program program, double rate, AtomicLong calls) throws Exception {
    Semaphore free = new Semaphore(IN_FLIGHT_MAX);
    long began = System.nanoTime();
    long sent = 0;
    while (going.get()) {
      long due = (long) ((System.nanoTime() - began) / 1e9 * rate);
      for (; sent < due && going.get(); sent++) {
        free.acquire();
        unary(
            program,
            status -> {
              free.release();
              calls.incrementAndGet();
              check(status);
            });
      }
      // What could not be sent during a cut is not caught up with.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    free.acquire(IN_FLIGHT_MAX);
  }

  private void check(Status status) {
    if (!status.isOk() && failed.incrementAndGet() < 10) {
      System.out.println("failed: " + status);
    }
  }

  private interface Ended {
    void with(Status status);
  }

  private static void unary(Program program, Ended ended) {
    Metadata headers = new Metadata();
    headers.put(Backend.ECHO, "");
    var call =
        program
            .channel()
            .newCall(
                Kinds.method(MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(
                    Until.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.with(status);
          }
        },
        headers);
    call.request(2);
    call.sendMessage(new byte[100]);
    call.halfClose();
  }

  private void roms(ProcessPair pair) throws Exception {
    for (int version = 0; going.get(); version++) {
      Path fresh = pair.roms().resolve(".fresh");
      Files.write(fresh, new byte[10_000 + version % 1_000]);
      Files.move(fresh, pair.roms().resolve("config"), StandardCopyOption.ATOMIC_MOVE);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    }
  }

  private void reads(Program program) throws Exception {
    while (going.get()) {
      new RomReader(program.channel("config")).fetch(new Forgetting());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private void lines(Program program) throws Exception {
    var log = LogGrpc.newBlockingStub(program.channel("writer"));
    while (going.get()) {
      var _ =
          log.write(
              WriteRequest.newBuilder().addLines(Line.newBuilder().setText("still here")).build());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /// Streams of some messages each way, a few beside each other.
  private void streams(Program program) throws Exception {
    while (going.get()) {
      List<Exchange> open = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        open.add(
            Exchange.start(
                    program
                        .channel("streams")
                        .newCall(Kinds.method(MethodType.BIDI_STREAMING), CallOptions.DEFAULT),
                    new Metadata())
                .send(new byte[1_000], STREAM_MESSAGES)
                .halfClose());
      }
      for (Exchange exchange : open) {
        check(exchange.status());
        assertEquals(STREAM_MESSAGES, exchange.replies.size());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /// A label of its own for each call: a session that opens and is closed for want of use.
  private void sessions(Program program) throws Exception {
    for (int i = 0; going.get(); i++) {
      check(
          Exchange.start(
                  program
                      .channel("app" + i)
                      .newCall(Kinds.method(MethodType.BIDI_STREAMING), CallOptions.DEFAULT),
                  new Metadata())
              .send(new byte[10], 1)
              .halfClose()
              .status());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private void cuts(ProcessPair pair) throws Exception {
    long next = System.nanoTime() + CUT.toNanos();
    while (going.get()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      if (System.nanoTime() - next > 0) {
        next += CUT.toNanos();
        pair.cut();
      }
    }
  }

  private static final class Forgetting implements RomSink {
    @Override
    public void begin(RomVersion version) {}

    @Override
    public void data(ByteBuffer data) {}
  }

  /// Sends back what comes.
  private static final class Streaming extends Served {
    Streaming(io.grpc.ServerCall<byte[], byte[]> call, Metadata headers) {
      super(call, headers, 1);
      call.sendHeaders(new Metadata());
    }

    @Override
    public void onMessage(byte[] message) {
      call.sendMessage(message);
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      call.close(Status.OK, new Metadata());
    }
  }
}
