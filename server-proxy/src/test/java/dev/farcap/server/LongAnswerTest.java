package dev.farcap.server;

import static dev.farcap.server.Yard.PATIENCE_S;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.farcap.door.Arrivals;
import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A server's long answers are announced to where they go, each by its own call, and wait for room.
/// Real gRPC: that it tells of a message right after it has taken the message's prefix is nowhere
/// promised.
@ExtendWith(LeakGuard.class)
@Timeout(60)
class LongAnswerTest {
  private static final int CALLS = 20;

  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private Yard yard;
  private Server server;
  private BackendChannel channel;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    Target target = new Target.Unix(folder.resolve("server.sock"));
    yard = new Yard(new Backend.Grpc(target));
    server = yard.serverAt(folder.resolve("server.sock"), new Repeating());
    channel =
        BackendChannel.open(
            target, BackDoorConfig.DEFAULT, new Arrivals(), new LongAdder(), yard.loop);
  }

  @AfterEach
  void close() {
    channel.close();
    server.shutdownNow();
    yard.close();
  }

  /// Answers a number with so many letters, twice.
  private static final class Repeating extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      return ServerMethodDefinition.create(
          Yard.method("Repeat", MethodType.SERVER_STREAMING),
          (call, _) -> {
            call.request(1);
            return new ServerCall.Listener<>() {
              @Override
              public void onMessage(String letters) {
                String answer = "x".repeat(Integer.parseInt(letters));
                call.sendHeaders(new Metadata());
                call.sendMessage(answer);
                call.sendMessage(answer);
                call.close(Status.OK, new Metadata());
              }
            };
          });
    }
  }

  /// Writes down what it is told. Has room when the test says so.
  private class Taker implements LongMessageTaker {
    private final boolean roomy;
    private Runnable room = () -> {};

    Taker(boolean roomy) {
      this.roomy = roomy;
    }

    @Override
    public boolean announce(int bytes, Runnable granted) {
      events.add("announced " + bytes);
      room = granted;
      return roomy;
    }

    @Override
    public void withdraw() {}
  }

  private void call(int letters, Taker taker) {
    yard.loop.execute(
        () -> {
          ClientCall<String, String> call =
              channel.newCall(
                  Yard.method("Repeat", MethodType.SERVER_STREAMING), CallOptions.DEFAULT);
          ((LongMessageSource) call).leadsTo(taker);
          call.start(new Answers(), new Metadata());
          call.request(3);
          call.sendMessage(Integer.toString(letters));
          call.halfClose();
        });
  }

  private final class Answers extends ClientCall.Listener<String> {
    @Override
    public void onMessage(String message) {
      events.add("came " + message.length());
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      events.add(status.isOk() ? "ended" : status.toString());
    }
  }

  private @Nullable String next() throws InterruptedException {
    return events.poll(PATIENCE_S, TimeUnit.SECONDS);
  }

  @Test
  void eachLongAnswerIsAnnouncedBeforeItComes() throws Exception {
    call(1 << 20, new Taker(true));

    assertEquals("announced 1048576", next());
    assertEquals("came 1048576", next());
    assertEquals("announced 1048576", next());
    assertEquals("came 1048576", next());
    assertEquals("ended", next());
  }

  @Test
  void aLongAnswerWaitsForRoom() throws Exception {
    Taker full = new Taker(false);
    call(1 << 20, full);
    assertEquals("announced 1048576", next());
    call(10, new Taker(true));
    assertEquals("came 10", next());
    assertEquals("came 10", next());
    assertEquals("ended", next());
    assertNull(events.peek());

    yard.loop.execute(full.room);

    assertEquals("came 1048576", next());
  }

  @Test
  void shortAnswersAreNotAnnounced() throws Exception {
    call(64 << 10, new Taker(false));

    assertEquals("came 65536", next());
    assertEquals("came 65536", next());
    assertEquals("ended", next());
  }

  @Test
  void eachCallAnnouncesItsOwn() throws Exception {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    for (int i = 0; i < CALLS; i++) {
      int letters = (100 << 10) + i;
      call(
          letters,
          new Taker(true) {
            @Override
            public boolean announce(int bytes, Runnable granted) {
              if (bytes != letters) {
                told.add(bytes + " bytes announced by the call of " + letters);
              }
              return true;
            }
          });
    }

    for (int ended = 0; ended < CALLS; ) {
      String event = String.valueOf(next());
      assertFalse(event.equals("null"), "nothing more comes");
      ended += event.equals("ended") ? 1 : 0;
    }
    assertNull(told.poll());
  }
}
