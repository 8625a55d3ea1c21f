package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.LeakCheck;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsHandshake;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Peers over shared memory that die, scribble, lie, or are not who the socket says.
final class ShmPeersTest {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials FAR = REALM.issue("farcap://test/far");
  private static final TlsCredentials NEAR = REALM.issue("farcap://test/near");

  @TempDir private Path folder;

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
  private final List<Recorder> opened = new ArrayList<>();
  private final TransportCounters counters = new TransportCounters();
  private final ShmMedium far =
      new ShmMedium(() -> FAR, REALM.policy(), counters, ShmConfig.DEFAULT);
  private final ShmMedium near =
      new ShmMedium(() -> NEAR, REALM.policy(), new TransportCounters(), ShmConfig.DEFAULT);
  private final LeakCheck leaks = new LeakCheck();
  private final Held before = Held.now();
  private String address;
  private Acceptor acceptor;

  @BeforeEach
  void listen() throws IOException {
    address = "shm://" + folder.resolve("socket");
    acceptor = listen(address);
  }

  private Acceptor listen(String where) throws IOException {
    return far.listen(
        where,
        loops,
        connection -> {
          Recorder end = new Recorder(connection);
          accepted.add(end);
          return end;
        });
  }

  @AfterEach
  void nothingIsLeftBehind() {
    opened.forEach(end -> end.close("the test is over"));
    opened.forEach(Recorder::awaitClosed);
    acceptor.close();
    near.close();
    far.close();
    before.awaitAgain();
    leaks.end(loops);
    assertFalse(Files.exists(folder.resolve("socket")), "the socket's file");
  }

  private Recorder dial(String where) {
    Recorder end = Recorder.dial(near, where, loops.next()).join();
    opened.add(end);
    return end;
  }

  private Recorder awaitAccepted() throws InterruptedException {
    Recorder end = accepted.poll(20, TimeUnit.SECONDS);
    assertTrue(end != null, "nothing was accepted");
    opened.add(end);
    return end;
  }

  private void assertOthersAreServed() throws InterruptedException {
    Recorder one = dial(address);
    Recorder other = awaitAccepted();
    one.send(Recorder.bytes("I am well"));
    other.awaitFrames(1);
    one.close("done");
    other.awaitClosed();
  }

  private static void awaitNoFile(Path file) {
    Recorder.awaitThat("end of " + file, () -> !Files.exists(file));
  }

  // Death.

  @Test
  void aDiallerThatIsKilledIsMissedAndNothingIsLeft() throws Exception {
    Process peer = ShmPeer.start("dial", address, NEAR, folder);
    Recorder survivor = awaitAccepted();
    survivor.send(Recorder.bytes("alive?"));
    survivor.awaitFrames(1);

    peer.destroyForcibly().waitFor();

    assertEquals("the connection broke off", survivor.awaitClosed());
    before.awaitAgain();
    assertOthersAreServed();
  }

  @Test
  void anAcceptorThatIsKilledIsMissedAndItsSocketIsTakenOver() throws Exception {
    Path socket = folder.resolve("killed");
    Process peer = ShmPeer.start("listen", "shm://" + socket, FAR, folder);
    Recorder survivor = dial("shm://" + socket);
    survivor.send(Recorder.bytes("alive?"));
    survivor.awaitFrames(1);

    peer.destroyForcibly().waitFor();

    assertEquals("the connection broke off", survivor.awaitClosed());
    before.awaitAgain();
    assertTrue(Files.exists(socket), "which a killed process cannot remove");
    assertEquals(
        "shm://" + socket + ": refused: nothing listens there",
        Recorder.reasonOf(Recorder.dial(near, "shm://" + socket, loops.next())));
    try (Acceptor _ = listen("shm://" + socket)) {
      Recorder next = dial("shm://" + socket);
      next.send(Recorder.bytes("I am well"));
      awaitAccepted().awaitFrames(1);
    }
    awaitNoFile(socket);
  }

  @Test
  void aPeerThatIsKilledWhileFramesFlowBothWaysLeavesTheSurvivorWell() throws Exception {
    Process peer = ShmPeer.start("dial", address, NEAR, folder);
    Recorder survivor = awaitAccepted();
    survivor.onFrame(
        end -> {
          end.method(() -> end.connection().send(Recorder.buffer(new byte[10_000])));
          end.method(end.connection()::flush);
        });
    for (int i = 0; i < 4; i++) {
      survivor.send(new byte[10_000]);
    }
    survivor.awaitFrames(100);

    peer.destroyForcibly().waitFor();

    assertEquals("the connection broke off", survivor.awaitClosed());
    for (byte[] frame : survivor.frames()) {
      assertArrayEquals(new byte[10_000], frame, "whole, to the last");
    }
  }

  @Test
  void twoThousandConnectionsLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      Recorder one = Recorder.dial(near, address, loops.next()).join();
      Recorder other = accepted.poll(20, TimeUnit.SECONDS);
      one.send(Recorder.bytes("ping"));
      other.awaitFrames(1);
      (i % 2 == 0 ? one : other).close("next");
      one.awaitClosed();
      other.awaitClosed();
    }
    before.awaitAgain();
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
    Recorder one = dial(address);
    Recorder other = awaitAccepted();
    one.send(Recorder.bytes("before"));
    other.awaitFrames(1);

    MemorySegment memory = memory();
    whileBothStandStill(one, other, () -> memory.set(ValueLayout.JAVA_LONG, at, value));
    other.setReading(true); // which looks, should it sleep

    String heard = other.awaitClosed();
    assertTrue(heard.startsWith("malformed shared memory: " + reason), heard);
    one.awaitClosed();
    assertEquals(1, counters.snapshot().framesMalformed());
    assertOthersAreServed();
  }

  @Test
  void whateverAPeerScribblesWhileFramesFlowNobodyElseNotices() throws Exception {
    long seed = System.nanoTime();
    System.out.println("scribbles, seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      Recorder one = dial(address);
      Recorder other = awaitAccepted();
      keepSending(one);
      keepSending(other);
      other.awaitFrames(5);
      scribble(memory(), random, one, other);
    }
    assertOthersAreServed();
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

  // The rendezvous.

  /// A peer with a certificate that speaks otherwise after the handshake.
  private Channel liar(byte[]... messages) throws Exception {
    TlsContexts contexts = TlsContexts.ofDialler(() -> NEAR, TlsConfig.DEFAULT);
    TlsHandshake.Opening lies =
        (handshake, _, _, _) -> {
          handshake.pipeline().replace(handshake.handler(), "lies", new Draining());
          for (byte[] message : messages) {
            var _ = handshake.channel().writeAndFlush(Unpooled.wrappedBuffer(message));
          }
        };
    ChannelInitializer<Channel> beginning =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) throws SSLException {
            SslHandler tls = contexts.handler(channel.alloc());
            TransportCounters liars = new TransportCounters();
            channel
                .pipeline()
                .addLast(
                    tls,
                    new TlsHandshake(tls, REALM.policy(), liars, lies, Recorder::new, _ -> {}));
          }
        };
    Channel channel =
        new Bootstrap()
            .group(loops.next())
            .channel(EpollDomainSocketChannel.class)
            .handler(beginning)
            .connect(new DomainSocketAddress(folder.resolve("socket").toString()))
            .sync()
            .channel();
    var _ = channel.closeFuture().addListener(_ -> contexts.close());
    return channel;
  }

  private static final class Draining extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }
  }

  private static byte[] message(Message message) {
    ByteBuf bytes = message.encode(UnpooledByteBufAllocator.DEFAULT);
    try {
      return ByteBufUtil.getBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  private void assertRefused(Channel liar) throws Exception {
    assertTrue(liar.closeFuture().await(20, TimeUnit.SECONDS), "it is let go on");
    Recorder.awaitThat("refusal", () -> counters.snapshot().handshakesRefused() == 1);
    assertEquals(0, accepted.size());
    before.awaitAgain();
    assertOthersAreServed();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 255})
  void whoSaysWhatIsNoMessageIsRefused(int kind) throws Exception {
    byte[] garbage = new byte[Message.BYTES];
    garbage[0] = (byte) kind;
    garbage[1] = Message.VERSION;

    assertRefused(liar(garbage));
  }

  @Test
  void whoSpeaksOutOfTurnIsRefused() throws Exception {
    assertRefused(liar(message(new Message.Ready())));
  }

  @Test
  void whoSpeaksOutOfTurnWithMemoryAtHandIsRefused() throws Exception {
    assertRefused(liar(message(new Message.Hello(Libc.euid())), message(new Message.Taken())));
  }

  @Test
  void whoIsAnotherUserThanTheSocketSaysIsRefused() throws Exception {
    assertRefused(liar(message(new Message.Hello(Libc.euid() + 1))));
  }

  @Test
  void whoTakesDescriptorsAndGoesIsForgotten() throws Exception {
    Channel liar = liar(message(new Message.Hello(Libc.euid())), message(new Message.Ready()));
    Runnable going =
        () -> {
          var _ = liar.close();
        };
    var _ = liar.eventLoop().schedule(going, 100, TimeUnit.MILLISECONDS);

    assertRefused(liar);
  }

  // The place.

  @Test
  void theSocketIsItsOwnersAlone() throws Exception {
    assertEquals(
        "[OWNER_READ, OWNER_WRITE]",
        new TreeSet<>(Files.getPosixFilePermissions(folder.resolve("socket"))).toString());
  }

  @Test
  void aFolderThatIsMissingIsAnErrorAtTheStart() {
    String missing = "shm://" + folder.resolve("missing/socket");

    IOException thrown = assertThrows(IOException.class, () -> listen(missing));

    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.startsWith(missing) && message.contains("does not exist"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "shm://", "shm:///", "shm://relative", "tls://far:1", "/path"})
  void anAddressOfAnotherFormIsRefused(String other) {
    assertThrows(IllegalArgumentException.class, () -> ShmMedium.checkAddress(other));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 65_536, 128 << 20})
  void aRingThatIsTooSmallTooLargeOrNoPowerOfTwoIsRefused(int bytes) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ShmConfig(bytes, Spinning.BRIEF, UnixSocketPath.Access.OWNER, TlsConfig.DEFAULT));
  }

  @Test
  void aLoopThatIsNotOnEpollIsRefusedByName() throws Exception {
    var nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    String reason = Recorder.reasonOf(Recorder.dial(near, address, nio.next()));

    assertEquals(address + ": shared memory needs Linux and an event loop on epoll", reason);
    nio.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
  }
}
