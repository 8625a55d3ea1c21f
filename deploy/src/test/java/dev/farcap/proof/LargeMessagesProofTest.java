package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Hundreds of large messages at a time, more than a proxy has memory for, over a link that is much
/// slower than those who send them: all come, and short ones beside them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class LargeMessagesProofTest {
  private static final int CALLS = 250;
  private static final int STUCK = 40;
  private static final byte[] LARGE = new byte[1 << 20];
  private static final byte[] SMALL = new byte[1];
  private static final int LINK_BYTES_PER_S = 50 << 20;

  /// Four fifths of what the launcher allows beside the heap.
  private static final long DIRECT_BYTES_MAX = 128 << 20;

  @AutoClose private Stage stage;
  private double clientBytes;
  private double serverBytes;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    stage = Stage.set(folder, pair -> pair.slowedTo(LINK_BYTES_PER_S));
  }

  @AfterEach
  void bothLive() throws Exception {
    for (ProxyProcess proxy : List.of(stage.pair().client(), stage.pair().server())) {
      String log = proxy.log();
      assertFalse(log.contains("OutOf") || log.contains("direct buffer memory"), log);
    }
    System.out.printf(
        "beside the heap, at most: client %.0f MiB, server %.0f MiB%n",
        clientBytes / (1 << 20), serverBytes / (1 << 20));
    assertTrue(Math.max(clientBytes, serverBytes) <= DIRECT_BYTES_MAX);
    clientBytes = 0;
    serverBytes = 0;
  }

  // ---- means ----------------------------------------------------------------------------------

  private void answer(byte[] message) {
    stage.backend().serve((call, _) -> new Answering(call, message));
  }

  /// Asks for the request as a unary server does, and answers it.
  private static final class Answering extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final byte[] answer;

    Answering(ServerCall<byte[], byte[]> call, byte[] answer) {
      this.call = call;
      this.answer = answer;
      call.request(2);
    }

    @Override
    public void onHalfClose() {
      call.sendHeaders(new Metadata());
      call.sendMessage(answer);
      call.close(Status.OK, new Metadata());
    }
  }

  /// A call of which nothing but the end is kept.
  private static final class Brief extends ClientCall.Listener<byte[]> {
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private int bytes;

    static Brief start(Channel channel, byte[] request) {
      Brief brief = new Brief();
      ClientCall<byte[], byte[]> call =
          channel.newCall(Kinds.method(MethodType.UNARY), CallOptions.DEFAULT);
      call.start(brief, new Metadata());
      call.request(2);
      call.sendMessage(request);
      call.halfClose();
      return brief;
    }

    @Override
    public void onMessage(byte[] message) {
      bytes += message.length;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status.isOk() ? bytes + " bytes" : status.toString());
    }

    String end() throws Exception {
      return end.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static List<Brief> startMany(IntFunction<Channel> channels, byte[] request) {
    return startMany(CALLS, channels, request);
  }

  private static List<Brief> startMany(int count, IntFunction<Channel> channels, byte[] request) {
    List<Brief> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      calls.add(Brief.start(channels.apply(i), request));
    }
    return calls;
  }

  private void allCome(List<Brief> calls, int bytes) throws Exception {
    for (Brief call : calls) {
      assertTrue(stage.program().echo(SMALL).status().isOk());
      assertEquals(bytes + " bytes", call.end());
      clientBytes = Math.max(clientBytes, stage.pair().client().metric("farcap_direct_bytes"));
      serverBytes = Math.max(serverBytes, stage.pair().server().metric("farcap_direct_bytes"));
    }
  }

  // ---- proofs ---------------------------------------------------------------------------------

  @Test
  void answersOfOneSessionAllCome() throws Exception {
    answer(LARGE);

    try (Program program = Program.at(stage.pair().socket())) {
      allCome(startMany(_ -> program.channel(), SMALL), LARGE.length);
    }
  }

  @Test
  void answersOfManySessionsAllCome() throws Exception {
    answer(LARGE);

    try (Program program = Program.at(stage.pair().socket())) {
      allCome(startMany(i -> program.channel("s" + i), SMALL), LARGE.length);
    }
  }

  @Test
  void requestsOfOneSessionAllCome() throws Exception {
    answer(SMALL);

    try (Program program = Program.at(stage.pair().socket())) {
      allCome(startMany(_ -> program.channel(), LARGE), SMALL.length);
    }
  }

  @Test
  void requestsOfManySessionsAllCome() throws Exception {
    answer(SMALL);

    try (Program program = Program.at(stage.pair().socket())) {
      allCome(startMany(i -> program.channel("s" + i), LARGE), SMALL.length);
    }
  }

  @Test
  void requestsAndAnswersAtATimeAllCome() throws Exception {
    answer(LARGE);

    try (Program program = Program.at(stage.pair().socket())) {
      allCome(startMany(i -> program.channel("s" + i % 10), LARGE), LARGE.length);
    }
  }

  @Test
  void answersBesideASessionThatTakesNothingAllCome() throws Exception {
    answer(LARGE);

    try (Program stuck = Program.at(stage.pair().socket());
        Program program = Program.at(stage.pair().socket())) {
      for (int i = 0; i < STUCK; i++) {
        var _ =
            Exchange.startWithoutReading(
                    stuck.channel().newCall(Kinds.method(MethodType.UNARY), CallOptions.DEFAULT),
                    new Metadata())
                .send(SMALL, 1)
                .halfClose();
      }
      allCome(startMany(CALLS - STUCK, _ -> program.channel(), SMALL), LARGE.length);
    }
  }
}
