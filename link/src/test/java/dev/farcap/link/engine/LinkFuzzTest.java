package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Failure;
import dev.farcap.session.Quota;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a peer says on an established link, and whatever this side does meanwhile, the engine
/// goes on or ends the link: it never throws, holds no more than came in and one message under way,
/// and leaves nothing behind.
///
/// An input is a list of moves. Frames are fields of `wire.Frame` with any body and a right number,
/// so that what lies behind the numbering is reached.
///
/// `.ci/fuzz` searches for moves that break this; here is played what it has found.
@Timeout(60)
public final class LinkFuzzTest {
  private static final FrameKind[] KINDS = FrameKind.values();
  private static final Duration MOMENT = Duration.ofMillis(700);
  private static final long HELD_BYTES_MAX = 8 << 20;

  static File[] found() {
    return new File("src/test/fuzz/LinkFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    new Play(bytes).play();
  }

  /// One link and what becomes of it.
  private static final class Play {
    private final ByteArrayInputStream moves;
    private final EngineRig rig = EngineRig.up();
    private final List<RecordingCaller> callers = new ArrayList<>();
    private @Nullable OwnSession own;
    private long number;

    Play(byte[] moves) {
      this.moves = new ByteArrayInputStream(moves);
    }

    void play() {
      for (int move = moves.read(); move >= 0; move = moves.read()) {
        if (move < KINDS.length) {
          frame(KINDS[move]);
        } else {
          act(move - KINDS.length);
        }
        rig.takeSent();
        long held = rig.allocator.metric().usedDirectMemory();
        assertTrue(held <= HELD_BYTES_MAX, () -> held + " bytes held");
      }
      rig.engine.end("play over");
      rig.settle();
      // A reply that nobody has asked for yet stays for its caller, even then.
      callers.forEach(caller -> caller.call().cancel());
      rig.close();
    }

    /// The peer sends a frame of this kind: a length and so many bytes as its body.
    private void frame(FrameKind kind) {
      byte[] body = new byte[Math.min(next(), moves.available())];
      moves.readNBytes(body, 0, body.length);
      ByteBuf bytes = rig.allocator.directBuffer(body.length + 32);
      if (kind.numbered()) {
        bytes.writeByte(1 << 3);
        varint(bytes, ++number);
      }
      varint(bytes, (long) kind.field() << 3 | 2);
      varint(bytes, body.length);
      bytes.writeBytes(body);
      rig.engine.frame(bytes);
      bytes.release();
      rig.settle();
    }

    private static void varint(ByteBuf out, long value) {
      long rest = value;
      for (; rest > 0x7F; rest >>>= 7) {
        out.writeByte((int) ((rest & 0x7F) | 0x80));
      }
      out.writeByte((int) rest);
    }

    private int next() {
      return Math.max(0, moves.read());
    }

    /// This side does something, or the world does.
    private void act(int move) {
      switch (move % 12) {
        case 0 -> rig.pass(MOMENT);
        case 1 -> decide(new GateAnswer.Yes(() -> rig.host, quota(), rig.in(MOMENT), 1));
        case 2 -> decide(new GateAnswer.No(Failure.notExecuted(Failure.Kind.REFUSED, "no")));
        case 3 -> {
          if (rig.engine.state() == LinkEngine.State.UP) {
            rig.cut();
          }
        }
        case 4 -> {
          if (rig.engine.state() == LinkEngine.State.SUSPENDED) {
            rig.resume(next());
          }
        }
        case 5 -> own = rig.open(new RecordingSession());
        case 6 -> call();
        case 7 -> answer();
        case 8 -> rig.writable(next());
        case 9 -> rig.writable(Integer.MAX_VALUE);
        case 10 -> {
          if (own != null) {
            own.submit(1);
            rig.settle();
          }
        }
        default -> cancel();
      }
    }

    private static Quota quota() {
      return Quota.DEFAULT;
    }

    private void decide(GateAnswer answer) {
      EngineRig.Asked asked = rig.asked.poll();
      if (asked != null) {
        rig.engine.decided(asked.session(), answer);
        rig.settle();
      }
    }

    private void call() {
      if (own != null) {
        RecordingCaller caller = rig.begin(own, rig.in(MOMENT));
        caller.call().request(next());
        caller.call().message(rig.bytes(next()));
        caller.call().halfClose();
        callers.add(caller);
        rig.settle();
      }
    }

    private void answer() {
      if (!rig.host.calls.isEmpty()) {
        RecordingHost.Served served = rig.host.calls.removeFirst();
        served.call.request(next());
        served.call.message(rig.bytes(next()));
        served.ends();
        rig.settle();
      }
    }

    private void cancel() {
      if (!callers.isEmpty()) {
        callers.removeFirst().call().cancel();
        rig.settle();
      }
    }
  }
}
