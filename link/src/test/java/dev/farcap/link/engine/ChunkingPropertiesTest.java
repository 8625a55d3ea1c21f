package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds for all messages that the calls of a session cut into chunks and put together again,
/// whenever chunks and credit move and readers ask.
class ChunkingPropertiesTest {
  private static final int CALLS = 3;
  private static final int MESSAGE_BYTES_MAX = 120_000;
  private static final Limits NARROW =
      new Limits(32_800, 65_536, 65_536, MESSAGE_BYTES_MAX, 100, 16 << 10);

  /// What happens next.
  enum Kind {
    SEND,
    MOVE,
    ASK,
    CREDIT
  }

  /// @param call at which call
  /// @param bytes length of the message, for SEND
  record Step(Kind kind, int call, int bytes) {}

  @Property(tries = 150)
  void messagesArriveWholeAndInOrder(@ForAll("steps") List<Step> steps) {
    try (EngineRig rig = EngineRig.up(NARROW, NARROW)) {
      Session session = new Session(rig);

      steps.forEach(session::apply);
      session.settle();

      session.calls.forEach(Call::assertArrived);
      assertEquals(0, session.receiving.held());
      assertEquals(0, rig.counters.bufferedBytes());
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 40),
            Arbitraries.of(16_319, 16_320, 16_321, 16_384, 16_385, 32_768, MESSAGE_BYTES_MAX),
            Arbitraries.integers().between(0, MESSAGE_BYTES_MAX));
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.of(Kind.class), Arbitraries.integers().between(0, CALLS - 1), lengths)
            .as(Step::new);
    return step.list().ofMaxSize(40);
  }

  /// Both halves of a session's window.
  private static final class Session {
    private final SendWindow sending = new SendWindow(NARROW.sessionWindowBytes());
    private final ReceiveWindow receiving = new ReceiveWindow(NARROW.sessionWindowBytes());
    private final LongMessageRoom room = new LongMessageRoom();
    private final List<Call> calls;

    Session(EngineRig rig) {
      room.add(MESSAGE_BYTES_MAX);
      WaitingBytes waiting =
          new WaitingBytes(rig.sendRoom.newShare(), rig.counters, Long.MAX_VALUE / 8);
      calls = Stream.generate(() -> new Call(rig, this, waiting)).limit(CALLS).toList();
    }

    void apply(Step step) {
      Call call = calls.get(step.call());
      switch (step.kind()) {
        case SEND -> call.send(step.bytes());
        case MOVE -> {
          var _ = call.move();
        }
        case ASK -> call.receiver.request(1);
        case CREDIT -> credit(call);
      }
    }

    private void credit(Call call) {
      sending.grant(receiving.worthGranting() ? receiving.grant() : receiving.granted());
      call.sender.grant(call.receiver.grantedBytes(), call.receiver.grantedLongMessages());
    }

    /// Readers take everything, credit and chunks move for as long as there are any.
    void settle() {
      calls.forEach(call -> call.receiver.request(Integer.MAX_VALUE));
      boolean moved;
      do {
        moved = false;
        for (Call call : calls) {
          credit(call);
          moved |= call.move();
        }
      } while (moved);
    }
  }

  /// Both halves of one direction of a call.
  private static final class Call implements MessageReceiver.Grants {
    private final EngineRig rig;
    private final MessageSender sender;
    private final MessageReceiver receiver;
    private final List<byte[]> sent = new ArrayList<>();
    private final List<byte[]> received = new ArrayList<>();

    Call(EngineRig rig, Session session, WaitingBytes waiting) {
      this.rig = rig;
      sender = new MessageSender(rig.engine, () -> {}, session.sending, waiting);
      receiver =
          new MessageReceiver(
              rig.allocator, NARROW, session.receiving, session.room, rig.counters, this);
    }

    /// Every byte tells which message it is of and where it stands.
    void send(int bytes) {
      byte[] message = new byte[bytes];
      for (int i = 0; i < bytes; i++) {
        message[i] = (byte) (31 * sent.size() + i + (i >> 8));
      }
      sent.add(message);
      sender.add(rig.allocator.directBuffer(Math.max(1, bytes)).writeBytes(message));
    }

    /// Moves a chunk, if the windows allow one.
    boolean move() {
      if (sender.next() != MessageSender.Next.CHUNK) {
        return false;
      }
      int length = sender.nextLength();
      ByteBuf chunk = sender.take();
      assertTrue(chunk.readableBytes() <= Limits.CHUNK_BYTES, chunk::toString);
      receiver.chunk(length, chunk);
      return true;
    }

    @Override
    public void received(ByteBuf message) {
      received.add(ByteBufUtil.getBytes(message));
      message.release();
    }

    @Override
    public void callCredit() {}

    @Override
    public void sessionConsumed() {}

    void assertArrived() {
      assertEquals(sent.size(), received.size());
      for (int i = 0; i < sent.size(); i++) {
        assertTrue(Arrays.equals(sent.get(i), received.get(i)), "message " + i + " is another");
      }
      assertTrue(sender.isEmpty());
      assertTrue(receiver.isDrained());
    }
  }
}
