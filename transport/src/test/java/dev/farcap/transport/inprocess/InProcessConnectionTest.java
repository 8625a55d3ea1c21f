package dev.farcap.transport.inprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import dev.farcap.transport.Recorder;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InProcessConnectionTest extends ConnectionContract {
  private static final Principal ACCEPTOR =
      new Principal("farcap://test/acceptor", "a".repeat(64), Instant.MAX);
  private static final Principal DIALLER =
      new Principal("farcap://test/dialler", "d".repeat(64), Instant.MAX);

  private final InProcessNetwork network = new InProcessNetwork();

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return network.listen("inprocess://far", ACCEPTOR, loops, handler);
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return network.listen(address, ACCEPTOR, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return network.dialer(DIALLER);
  }

  @Override
  protected void closeMedium() {}

  @ParameterizedTest
  @ValueSource(strings = {"", "inprocess://", "tls://far:1", "far"})
  void anAddressOfAnotherFormIsRefused(String address) {
    assertThrows(
        IllegalArgumentException.class,
        () -> network.listen(address, ACCEPTOR, loops, Recorder::new));
  }

  @Test
  void theBufferItselfChangesHands() throws Exception {
    CompletableFuture<ByteBuf> received = new CompletableFuture<>();
    network.listen(
        "inprocess://hands", ACCEPTOR, loops, connection -> new Receiver(connection, received));
    Recorder near = dial("inprocess://hands", loops.next()).join();
    ByteBuf sent = Recorder.buffer(Recorder.bytes("mine, then yours"));

    near.onLoop(
        () -> {
          near.connection().send(sent);
          near.connection().flush();
        });
    ByteBuf arrived = received.get(20, TimeUnit.SECONDS);

    assertSame(sent, arrived);
    assertEquals(1, arrived.refCnt());
    arrived.release();
    near.close("done");
    near.awaitClosed();
  }

  private record Receiver(
      dev.farcap.transport.Connection connection, CompletableFuture<ByteBuf> received)
      implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      received.complete(frame);
    }

    @Override
    public void readComplete() {}

    @Override
    public void writable() {}

    @Override
    public void closed(String reason) {}
  }

  @Test
  void theWriterIsStoppedAt128KiB() {
    Pair pair = connect();
    pair.far().setReading(false);
    int[] sent = {0};

    pair.near()
        .onLoop(
            () -> {
              while (pair.near().connection().isWritable() && sent[0] < 100) {
                pair.near().send(new byte[16 << 10]);
                sent[0]++;
              }
            });

    assertEquals(8, sent[0]);
  }

  @Test
  void anAcceptorThatThrowsRefusesTheDial() throws Exception {
    network.listen(
        "inprocess://broken",
        ACCEPTOR,
        loops,
        _ -> {
          throw new IllegalStateException("thrown on purpose");
        });

    String reason = Recorder.reasonOf(dial("inprocess://broken", loops.next()));

    assertTrue(reason.startsWith("inprocess://broken: refused"), reason);
  }
}
