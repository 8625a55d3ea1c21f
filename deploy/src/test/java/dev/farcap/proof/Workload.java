package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.proof.ProcessPair.Network;
import dev.farcap.rom.RomReader;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Two hosts at work over one link: programs on one call a server on the other and write log lines,
/// one after the other, until [#assertExactlyOnce()] compares what they were told with what was
/// done. No two calls or lines are alike.
final class Workload implements AutoCloseable {
  private static final int CALLERS = 8;
  private static final int SOME = 200;

  /// Leaves the processors to the proxies.
  private static final long PAUSE_NANOS = 1_000_000;

  private static final int ROM_BYTES = 1 << 20;

  private final Path folder;
  private final Backend backend;
  private final ProcessPair pair;
  private final Program program;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, AtomicInteger> executed = new ConcurrentHashMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Future<Integer>> callers = new ArrayList<>();
  private final byte[] rom = new byte[ROM_BYTES];
  private Future<Integer> writer;

  private Workload(Path folder, Backend backend, ProcessPair pair) {
    this.folder = folder;
    this.backend = backend;
    this.pair = pair;
    this.program = Program.at(pair.socket());
    this.writer = threads.submit(() -> 0);
  }

  /// Starts a pair over Ethernet without IP and begins; returns when calls go on.
  ///
  /// @param folder a fresh one
  static Workload begin(Path folder, NetworkHost client, NetworkHost server) throws Exception {
    return begin(folder, client, server, "");
  }

  /// @param acceptor what tells it from others at the server's interface: `?port=2`, or nothing
  static Workload begin(Path folder, NetworkHost client, NetworkHost server, String acceptor)
      throws Exception {
    return begin(
        folder,
        "nic://" + NetworkHost.NIC + acceptor,
        "nic://" + NetworkHost.NIC + "/" + server.mac() + acceptor,
        new Network(server.inside(), client.inside()));
  }

  /// Over any medium.
  ///
  /// @param listen where the server's host listens
  /// @param dialled the same one as the client's host dials it
  static Workload begin(Path folder, String listen, String dialled, Network network)
      throws Exception {
    Backend backend = Backend.at(folder.resolve("backend.sock"));
    try {
      ProcessPair pair =
          ProcessPair.byAddress(folder, backend.socket(), listen, dialled, network).start();
      Workload workload = new Workload(folder, backend, pair);
      workload.begin();
      return workload;
    } catch (Exception | AssertionError e) {
      backend.close();
      throw e;
    }
  }

  private void begin() throws Exception {
    try {
      putRom();
      backend.serve(counting());
      pair.awaitServing(Kinds.SERVICE);
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        callers.add(threads.submit(() -> call(caller)));
      }
      writer = threads.submit(this::write);
      awaitMore();
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  private void putRom() throws Exception {
    new Random(1).nextBytes(rom);
    Path fresh = pair.roms().resolve(".config");
    Files.write(fresh, rom);
    Files.move(fresh, pair.roms().resolve("config"), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Answers with the request, and counts how often it came.
  private ServerCallHandler<byte[], byte[]> counting() {
    return (call, _) -> {
      call.request(2);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          String what = new String(message, StandardCharsets.UTF_8);
          var _ = executed.computeIfAbsent(what, _ -> new AtomicInteger()).incrementAndGet();
          call.sendHeaders(new Metadata());
          call.sendMessage(message);
          call.close(Status.OK, new Metadata());
        }
      };
    };
  }

  /// @return how many calls
  private int call(int caller) throws Exception {
    int number = 0;
    while (!over.get()) {
      byte[] message = (folder + "/" + caller + "/" + number++).getBytes(StandardCharsets.UTF_8);
      Exchange exchange =
          Exchange.start(
                  program
                      .channel()
                      .newCall(
                          Kinds.method(MethodType.UNARY),
                          CallOptions.DEFAULT.withDeadlineAfter(Until.PATIENCE)),
                  new Metadata())
              .send(message, 1)
              .halfClose();
      assertEquals(Status.Code.OK, exchange.status().getCode(), exchange.status().toString());
      assertArrayEquals(message, exchange.replies.getFirst());
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return number;
  }

  /// @return how many lines
  private int write() {
    int number = 0;
    while (!over.get()) {
      var _ =
          LogGrpc.newBlockingStub(program.channel("writer"))
              .withDeadlineAfter(Until.PATIENCE)
              .write(
                  WriteRequest.newBuilder()
                      .addLines(Line.newBuilder().setText("line " + number++))
                      .build());
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return number;
  }

  ProcessPair pair() {
    return pair;
  }

  /// Calls that the server was asked so far.
  int calls() {
    return executed.size();
  }

  /// Waits until many more calls have come to the server.
  void awaitMore() throws Exception {
    int before = calls();
    Until.holds(
        () -> SOME + " more calls than " + before + "; " + calls() + " until now",
        Until.PATIENCE,
        () -> hasMoreThan(before));
  }

  /// Whether many more calls than these have come to the server.
  boolean hasMoreThan(int before) {
    return calls() >= before + SOME || callers.stream().anyMatch(Future::isDone);
  }

  /// Fetches a ROM of many frames, and compares it with the server's file.
  void assertRomArrives() throws Exception {
    Path fetched = folder.resolve("fetched");
    var _ = new RomReader(program.channel("config")).fetch(fetched);
    assertArrayEquals(rom, Files.readAllBytes(fetched));
  }

  /// Sees that until now every call was answered, and none was done twice.
  void assertUndisturbed() throws Exception {
    for (Future<Integer> caller : callers) {
      if (caller.isDone()) {
        throw new AssertionError("a caller gave up after " + caller.get() + " calls");
      }
    }
    assertEachOnce();
  }

  private void assertEachOnce() {
    executed.forEach((what, times) -> assertEquals(1, times.get(), what));
  }

  /// Stops, and sees that every call was answered and every line written, all of them once.
  void assertExactlyOnce() throws Exception {
    over.set(true);
    int asked = 0;
    for (Future<Integer> caller : callers) {
      asked += caller.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    assertEquals(asked, executed.size());
    assertEachOnce();
    assertLines(writer.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  private void assertLines(int count) throws Exception {
    Until.holds("all lines", () -> Files.readAllLines(pair.logFile()).size() >= count);
    List<String> lines = Files.readAllLines(pair.logFile());
    assertEquals(count, lines.size());
    for (int i = 0; i < count; i++) {
      assertEquals("line " + i, lines.get(i).substring(lines.get(i).indexOf("line ")));
    }
  }

  @Override
  public void close() {
    over.set(true);
    program.close();
    threads.shutdownNow();
    pair.close();
    backend.close();
  }
}
