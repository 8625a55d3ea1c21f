package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.Held;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Peers over shared memory that die or scribble; and the place where they meet.
@Timeout(120)
final class ShmPeersTest {
  @TempDir private Path folder;

  private final List<ShmPeer> peers = new ArrayList<>();
  private ShmEnds ends;

  @BeforeEach
  void listen() throws IOException {
    ends = new ShmEnds(folder);
  }

  @AfterEach
  void nothingIsLeftBehind() throws InterruptedException {
    for (ShmPeer peer : peers) {
      peer.kill();
    }
    ends.close();
  }

  private ShmPeer start(String role, String address, TlsCredentials credentials) throws Exception {
    ShmPeer peer = ShmPeer.start(role, address, credentials, folder);
    peers.add(peer);
    return peer;
  }

  private static void awaitNoFile(Path file) {
    Recorder.awaitThat("end of " + file, () -> !Files.exists(file));
  }

  // Death.

  @Test
  void aDiallerThatIsKilledIsMissedAndNothingIsLeft() throws Exception {
    ShmPeer peer = start("dial", ends.address, ShmEnds.NEAR);
    Recorder survivor = ends.awaitAccepted();
    survivor.send(Recorder.bytes("alive?"));
    survivor.awaitFrames(1);

    peer.kill();

    assertEquals("the connection broke off", survivor.awaitClosed());
    ends.before.awaitAgain();
    ends.assertOthersAreServed();
  }

  @Test
  void anAcceptorThatIsKilledIsMissedAndItsSocketIsTakenOver() throws Exception {
    Path socket = folder.resolve("killed");
    ShmPeer peer = start("listen", "shm://" + socket, ShmEnds.FAR);
    Recorder survivor = ends.dial("shm://" + socket);
    survivor.send(Recorder.bytes("alive?"));
    survivor.awaitFrames(1);

    peer.kill();

    assertEquals("the connection broke off", survivor.awaitClosed());
    ends.before.awaitAgain();
    assertTrue(Files.exists(socket), "which a killed process cannot remove");
    assertEquals(
        "shm://" + socket + ": refused: nothing listens there",
        Recorder.reasonOf(ends.dialling("shm://" + socket)));
    try (Acceptor _ = ends.listen("shm://" + socket)) {
      Recorder next = ends.dial("shm://" + socket);
      next.send(Recorder.bytes("I am well"));
      ends.awaitAccepted().awaitFrames(1);
    }
    awaitNoFile(socket);
  }

  @Test
  void aPeerThatIsKilledWhileFramesFlowBothWaysLeavesTheSurvivorWell() throws Exception {
    ShmPeer peer = start("dial", ends.address, ShmEnds.NEAR);
    Recorder survivor = ends.awaitAccepted();
    survivor.onFrame(
        end -> {
          end.method(() -> end.connection().send(Recorder.buffer(new byte[10_000])));
          end.method(end.connection()::flush);
        });
    for (int i = 0; i < 4; i++) {
      survivor.send(new byte[10_000]);
    }
    survivor.awaitFrames(100);

    peer.kill();

    assertEquals("the connection broke off", survivor.awaitClosed());
    for (byte[] frame : survivor.frames()) {
      assertArrayEquals(new byte[10_000], frame, "whole, to the last");
    }
  }

  // Scribbles.

  /// The memory of the one connection there is, as its peer sees it.
  @SuppressWarnings("restricted")
  private static MemorySegment memory() {
    String line = Held.mapped().getFirst();
    int dash = line.indexOf('-');
    long from = Long.parseUnsignedLong(line, 0, dash, 16);
    long to = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
    return MemorySegment.ofAddress(from).reinterpret(to - from);
  }

  @ParameterizedTest
  @CsvSource({
    "2048, -8, written position is -8",
    "2048, 1000000, written position is 1000000",
    "2048, 4611686018427387904, written position is 4611686018427387904",
    "2048, 32, 'length is 0 bytes'",
  })
  void aPeerThatScribblesIsCutOffWithAReason(long at, long value, String reason) throws Exception {
    Recorder one = ends.dial(ends.address);
    Recorder other = ends.awaitAccepted();
    one.send(Recorder.bytes("before"));
    other.awaitFrames(1);

    MemorySegment memory = memory();
    whileBothStandStill(one, other, () -> memory.set(ValueLayout.JAVA_LONG, at, value));
    other.setReading(true); // which looks, should it sleep

    String heard = other.awaitClosed();
    assertTrue(heard.startsWith("malformed shared memory: " + reason), heard);
    one.awaitClosed();
    assertEquals(1, ends.counters.snapshot().framesMalformed());
    ends.assertOthersAreServed();
  }

  @Test
  void whateverAPeerScribblesWhileFramesFlowNobodyElseNotices() throws Exception {
    long seed = System.nanoTime();
    System.out.println("scribbles, seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      Recorder one = ends.dial(ends.address);
      Recorder other = ends.awaitAccepted();
      keepSending(one);
      keepSending(other);
      other.awaitFrames(5);
      scribble(memory(), random, one, other);
    }
    ends.assertOthersAreServed();
  }

  private static void keepSending(Recorder end) {
    end.onFrame(ShmPeersTest::sendOne);
    end.onLoop(
        () -> {
          sendOne(end);
          sendOne(end);
        });
  }

  private static void sendOne(Recorder end) {
    Connection connection = end.connection();
    if (connection.isWritable()) {
      end.method(() -> connection.send(Recorder.buffer(new byte[300])));
      end.method(connection::flush);
    }
  }

  /// Random bytes everywhere, most where they hurt, until the connection has had enough.
  private static void scribble(MemorySegment memory, Random random, Recorder one, Recorder other) {
    for (int i = 0; i < 200; i++) {
      long bound = random.nextBoolean() ? 4096 : memory.byteSize();
      long at = random.nextLong(bound / 8) * 8;
      long value = random.nextBoolean() ? random.nextLong() : random.nextInt(1 << 20);
      whileBothStandStill(one, other, () -> memory.set(ValueLayout.JAVA_LONG, at, value));
    }
    one.close("enough scribbled");
    one.awaitClosed();
    other.awaitClosed();
    Recorder.awaitThat("end of all mappings", () -> Held.mapped().isEmpty());
  }

  /// The memory is mapped by both ends as long as neither has heard of its end; so neither loop may
  /// go on meanwhile.
  private static void whileBothStandStill(Recorder one, Recorder other, Runnable action) {
    other.onLoop(
        () ->
            one.onLoop(
                () -> {
                  if (one.closedReasons().isEmpty() && other.closedReasons().isEmpty()) {
                    action.run();
                  }
                }));
  }

  // The place.

  @Test
  void theSocketIsItsOwnersAlone() throws Exception {
    assertEquals(
        "[OWNER_READ, OWNER_WRITE]",
        new TreeSet<>(Files.getPosixFilePermissions(ends.socket)).toString());
  }

  @Test
  void aFolderThatIsMissingIsAnErrorAtTheStart() {
    String missing = "shm://" + folder.resolve("missing/socket");

    IOException thrown = assertThrows(IOException.class, () -> ends.listen(missing));

    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.startsWith(missing) && message.contains("does not exist"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "shm://", "shm:///", "shm://relative", "tls://far:1", "/path"})
  void anAddressOfAnotherFormIsRefused(String other) {
    assertThrows(IllegalArgumentException.class, () -> ShmMedium.checkAddress(other));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 65_536, 2 << 20})
  void aRingThatIsTooSmallTooLargeOrNoPowerOfTwoIsRefused(int bytes) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ShmConfig(bytes, Spinning.BRIEF, UnixSocketPath.Access.OWNER, TlsConfig.DEFAULT));
  }

  @Test
  void anAddressThatIsTooLongForASocketIsRefused() {
    String address = "shm:///" + "x".repeat(106);

    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> ShmMedium.checkAddress(address))
                .getMessage());

    assertEquals("address '" + address + "': the path is 107 bytes, limit 106", message);
  }

  @Test
  void aDialThatFindsNoSocketFailsOnItsLoop() throws Exception {
    String said = Starved.run("shm://" + folder.resolve("nobody"));

    assertTrue(said.startsWith("on the loop: shm://"), said);
    assertTrue(said.endsWith("Too many open files"), said);
  }

  /// Somebody removes the file as soon as it is there.
  @Test
  void aSocketWhoseModeCannotBeSetIsNotLeftListening() throws Exception {
    Path socket = folder.resolve("removed");
    AtomicBoolean done = new AtomicBoolean();
    Thread removing =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!done.get()) {
                    var _ = socket.toFile().delete();
                  }
                });
    Held before = Held.now();

    Recorder.awaitThat("a socket that is gone", () -> cannotListen("shm://" + socket));
    done.set(true);
    removing.join();

    before.awaitAgain();
  }

  private boolean cannotListen(String where) {
    try {
      ends.listen(where).close();
      return false;
    } catch (IOException gone) {
      return true;
    }
  }

  @Test
  void aLoopThatIsNotOnEpollIsRefusedByName() throws Exception {
    var nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    String reason = Recorder.reasonOf(Recorder.dial(ends.near, ends.address, nio.next()));

    assertEquals(ends.address + ": shared memory needs Linux and an event loop on epoll", reason);
    nio.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
  }
}
