package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.door.DoorAddress;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two hosts that share nothing but an Ethernet segment: calls, lines and files cross it without
/// IP, and an interface that is down for five seconds loses and doubles none.
@Tag("netns")
@Timeout(240)
class EthernetProofTest {
  private static final Duration OUTAGE = Duration.ofSeconds(5);
  private static final int CALLERS = 8;
  private static final int AROUND = 200;
  private static final long WRITER_PAUSE_NANOS = 1_000_000;
  private static final int ROM_BYTES = 3 << 20;

  @TempDir private Path folder;

  @Test
  void nothingIsLostOrDoneTwiceWhileAnInterfaceIsDown() throws Exception {
    assumeTrue(DoorAddress.Unix.ownUid() == 0, "needs root");
    assumeTrue(NetworkPair.isPossible(), "needs ip and tc, and the right to use them");
    try (NetworkPair network = NetworkPair.open();
        Backend backend = Backend.at(folder.resolve("backend.sock"));
        ProcessPair pair =
            ProcessPair.overEthernet(
                    folder,
                    backend.socket(),
                    NetworkPair.NIC,
                    network.serverMac(),
                    new Network(network.inServer(), network.inClient()))
                .start();
        Program program = Program.at(pair.socket());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      putRom(pair);
      Map<String, AtomicInteger> executed = new ConcurrentHashMap<>();
      backend.serve(counting(executed));
      pair.awaitServing(Kinds.SERVICE);
      AtomicBoolean over = new AtomicBoolean();
      List<Future<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        int caller = i;
        callers.add(threads.submit(() -> call(program, caller, over)));
      }
      Future<Integer> writer = threads.submit(() -> write(program, over));
      Until.holds("the first calls", () -> executed.size() >= AROUND);

      network.down();
      Until.passed(System.nanoTime() + OUTAGE.toNanos());
      network.up();
      int before = executed.size();
      Until.holds("calls after the outage", () -> executed.size() >= before + AROUND);
      over.set(true);

      int calls = 0;
      for (Future<Integer> caller : callers) {
        calls += caller.get(1, TimeUnit.MINUTES);
      }
      assertEquals(calls, executed.size());
      executed.forEach((what, times) -> assertEquals(1, times.get(), what));
      int lines = writer.get(1, TimeUnit.MINUTES);
      Until.holds("all lines", () -> Files.readAllLines(pair.logFile()).size() >= lines);
      assertLines(pair.logFile(), lines);
      assertRom(folder.resolve("fetched"), program);
    }
  }

  /// Answers with the request, and counts how often it came.
  private static ServerCallHandler<byte[], byte[]> counting(Map<String, AtomicInteger> executed) {
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
  private static int call(Program program, int caller, AtomicBoolean over) throws Exception {
    int number = 0;
    while (!over.get()) {
      byte[] message = (caller + "/" + number++).getBytes(StandardCharsets.UTF_8);
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
    }
    return number;
  }

  /// @return how many lines
  private static int write(Program program, AtomicBoolean over) {
    int number = 0;
    while (!over.get()) {
      var _ =
          LogGrpc.newBlockingStub(program.channel("writer"))
              .withDeadlineAfter(Until.PATIENCE)
              .write(
                  WriteRequest.newBuilder()
                      .addLines(Line.newBuilder().setText("line " + number++))
                      .build());
      LockSupport.parkNanos(WRITER_PAUSE_NANOS);
    }
    return number;
  }

  private static void assertLines(Path file, int count) throws Exception {
    List<String> lines = Files.readAllLines(file);
    assertEquals(count, lines.size());
    for (int i = 0; i < count; i++) {
      assertEquals("line " + i, lines.get(i).substring(lines.get(i).indexOf("line ")));
    }
  }

  private static void putRom(ProcessPair pair) throws Exception {
    Path fresh = pair.roms().resolve(".config");
    Files.write(fresh, new byte[ROM_BYTES]);
    Files.move(fresh, pair.roms().resolve("config"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void assertRom(Path target, Program program) throws Exception {
    var _ = new RomReader(program.channel("config")).fetch(target);
    assertArrayEquals(new byte[ROM_BYTES], Files.readAllBytes(target));
  }
}
