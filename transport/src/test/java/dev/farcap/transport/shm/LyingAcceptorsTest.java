package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsConfig;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Acceptors with a certificate that do otherwise than they should at the rendezvous: a dialler
/// takes nothing from them, says why, and keeps nothing. [LyingDiallersTest] has the other side.
@Timeout(120)
final class LyingAcceptorsTest {
  private static final int RING_BYTES = ShmConfig.RING_BYTES_MIN;

  /// Long enough for a handshake on a busy machine.
  private static final TlsConfig IMPATIENT = new TlsConfig(5_000, 2_000, 256, 4096);

  @TempDir private Path folder;

  private final TransportCounters counters = new TransportCounters();
  private final ShmMedium impatient =
      new ShmMedium(
          () -> ShmEnds.NEAR,
          ShmEnds.REALM.policy(),
          counters,
          new ShmConfig(RING_BYTES, Spinning.BRIEF, UnixSocketPath.Access.OWNER, IMPATIENT));
  private ShmEnds ends;
  private String address;

  @BeforeEach
  void listen() throws IOException {
    ends = new ShmEnds(folder);
    address = "shm://" + folder.resolve("other");
  }

  @AfterEach
  void nothingIsLeftBehind() {
    impatient.close();
    ends.close();
  }

  private Acceptor accept(Liar.Script script) throws IOException {
    return ends.listen(address, Liar.opening(script), TlsConfig.DEFAULT, Recorder::new);
  }

  /// Does all as it should be done; a lie overrides one thing.
  static class Honest implements Liar.Script {
    final Nonce nonce = Nonce.random();

    @Override
    public void next(Liar liar, int heard) throws Exception {
      switch (heard) {
        case 1 -> liar.say(offer());
        case 2 -> handOver(liar);
        default -> {}
      }
    }

    Message offer() {
      return new Message.Offer(Libc.euid(), RING_BYTES, nonce);
    }

    void handOver(Liar liar) throws Exception {
      liar.hand(liar.keep(memory()));
      liar.hand(liar.keep(bell()));
      liar.hand(liar.keep(bell()));
    }

    FileDescriptor memory() throws IOException {
      FileDescriptor fd = SharedMemory.create(RING_BYTES);
      try (SharedMemory memory = SharedMemory.map(fd, RING_BYTES)) {
        memory.nonce(nonce);
      }
      return fd;
    }

    FileDescriptor bell() throws IOException {
      return Bell.create();
    }
  }

  private static Honest offering(Message offer) {
    return new Honest() {
      @Override
      Message offer() {
        return offer;
      }
    };
  }

  /// Makes a descriptor.
  private interface Making {
    FileDescriptor make() throws IOException;
  }

  private static Honest handing(Making memory) {
    return new Honest() {
      @Override
      FileDescriptor memory() throws IOException {
        return memory.make();
      }
    };
  }

  private static Honest ringing(Making bell) {
    return new Honest() {
      @Override
      FileDescriptor bell() throws IOException {
        return bell.make();
      }
    };
  }

  /// What is done where descriptors are due.
  private interface HandingOver {
    void run(Honest honest, Liar liar) throws Exception;
  }

  private static Honest handingOver(HandingOver instead) {
    return new Honest() {
      @Override
      void handOver(Liar liar) throws Exception {
        instead.run(this, liar);
      }
    };
  }

  private static FileDescriptor file() throws IOException {
    Path file = Files.createTempFile("farcap", "file");
    try {
      return FileDescriptor.from(file.toFile());
    } finally {
      Files.delete(file);
    }
  }

  private static FileDescriptor unsealed() throws IOException {
    FileDescriptor fd = new FileDescriptor(Libc.memfdCreate());
    Libc.size(fd.intValue(), 4096 + 2 * RING_BYTES);
    return fd;
  }

  private static FileDescriptor readOnly() throws IOException {
    FileDescriptor fd = unsealed();
    Libc.seal(fd.intValue(), Libc.SEALS | Libc.F_SEAL_WRITE);
    return fd;
  }

  private static FileDescriptor pipe() throws IOException {
    FileDescriptor[] ends = FileDescriptor.pipe();
    ends[0].close();
    return ends[1];
  }

  static Stream<Arguments> lies() {
    int uid = Libc.euid();
    Nonce nonce = Nonce.random();
    String cannotBeHad = "shared memory cannot be had: ";
    return Stream.of(
        arguments(
            named("another user", offering(new Message.Offer(uid + 1, RING_BYTES, nonce))),
            "the other end of the socket is user %d, the proven peer is user %d: "
                .formatted(uid, uid + 1)),
        arguments(
            named("larger rings", offering(new Message.Offer(uid, 2 * RING_BYTES, nonce))),
            "the peer offers rings of 262144 bytes, limit 131072"),
        arguments(
            named("out of turn", offering(new Message.Ready())),
            "malformed rendezvous: Ready[] where OFFER is due"),
        arguments(
            named(
                "the memory of another offer", offering(new Message.Offer(uid, RING_BYTES, nonce))),
            "the memory is not the one that was offered"),
        arguments(
            named("memory whose size is not sealed", handing(LyingAcceptorsTest::unsealed)),
            cannotBeHad + "the descriptor is no memory, or its size is not sealed"),
        arguments(
            named("memory of another size", handing(() -> SharedMemory.create(2 * RING_BYTES))),
            cannotBeHad + "the memory has 528384 bytes, not 266240"),
        arguments(
            named("memory that cannot be written", handing(LyingAcceptorsTest::readOnly)),
            cannotBeHad + "mmap(..) failed with error(-1): Operation not permitted"),
        arguments(
            named("a file as memory", handing(LyingAcceptorsTest::file)),
            cannotBeHad + "the descriptor is no memory, or its size is not sealed"),
        arguments(
            named("a file as a bell", ringing(LyingAcceptorsTest::file)),
            cannotBeHad + "the descriptor is "),
        arguments(
            named("a pipe as a bell", ringing(LyingAcceptorsTest::pipe)),
            cannotBeHad + "the descriptor is pipe:"),
        arguments(
            named("two descriptors at once", handingOver(LyingAcceptorsTest::twoAtOnce)),
            "the connection broke: recvFd(..) failed"));
  }

  private static void twoAtOnce(Honest honest, Liar liar) throws Exception {
    TwoAtOnce.send(
        liar.channel().fd().intValue(),
        liar.keep(honest.memory()).intValue(),
        liar.keep(honest.bell()).intValue());
  }

  @ParameterizedTest
  @MethodSource("lies")
  void whoLiesIsRefusedForIt(Honest lie, String reason) throws Exception {
    try (Acceptor _ = accept(lie)) {
      String heard = Recorder.reasonOf(ends.dialling(address));

      assertTrue(heard.startsWith(address + ": " + reason), heard);
    }
    ends.before.awaitAgain();
    ends.assertOthersAreServed();
  }

  /// So that the others are refused for their lies.
  @Test
  void whoDoesNotLieIsBelieved() throws Exception {
    try (Acceptor _ = accept(new Honest())) {
      Recorder near = ends.dial(address);

      assertEquals("farcap://test/far", near.connection().peer().name());
    }
  }

  /// Where it comes with the others the dialler refuses it; where it comes later nobody takes it.
  @Test
  void aFourthDescriptorIsNotKept() throws Exception {
    Honest generous =
        handingOver(
            (honest, liar) -> {
              liar.hand(liar.keep(honest.memory()));
              for (int i = 0; i < 3; i++) {
                liar.hand(liar.keep(honest.bell()));
              }
            });
    try (Acceptor _ = accept(generous)) {
      ends.dial(address).close("seen");
    } catch (CompletionException refused) {
      String reason = String.valueOf(refused.getMessage());
      assertTrue(
          reason.endsWith(": malformed rendezvous: a descriptor where NOTHING is due"), reason);
    }
    ends.before.awaitAgain();
    ends.assertOthersAreServed();
  }

  @Test
  void whoNeverOffersIsGivenUpInTime() throws Exception {
    assertGivenUp((_, _) -> {});
  }

  @Test
  void whoNeverHandsOverIsGivenUpInTime() throws Exception {
    assertGivenUp(handingOver((_, _) -> {}));
  }

  @Test
  void whoTalksWhereDescriptorsAreDueIsGivenUpInTime() throws Exception {
    assertGivenUp(handingOver((_, liar) -> liar.say(new Message.Ready())));
  }

  @Test
  void whoSendsBytesWithoutDescriptorsIsGivenUpInTime() throws Exception {
    assertGivenUp(handingOver((_, liar) -> liar.hand(Unpooled.wrappedBuffer(new byte[3]))));
  }

  private void assertGivenUp(Liar.Script script) throws Exception {
    try (Acceptor _ = accept(script)) {
      String heard = Recorder.reasonOf(Recorder.dial(impatient, address, ends.loops.next()));

      assertEquals(address + ": timed out: the peer did not finish the rendezvous", heard);
    }
    assertEquals(1, counters.snapshot().handshakesRefused());
  }
}
