package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Connection;
import dev.farcap.transport.Held;
import dev.farcap.transport.Principal;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a proven peer says and hands over at the rendezvous, in whatever pieces, to a dialler
/// or to an acceptor: there is a connection or a refusal that blames nobody here, and once it is
/// over nothing is left of descriptors, mappings and buffers.
///
/// The first byte of an input says who is spoken to, the rest is what the peer does, a byte for
/// each step. `.ci/fuzz` searches for inputs that break this; here is read what it has found.
@Timeout(60)
public final class RendezvousFuzzTest {
  private static final int RING_BYTES = ShmConfig.RING_BYTES_MIN;
  private static final Nonce NONCE = new Nonce(1, 2);
  private static final int STEPS_MAX = 64;
  private static final int TURNS_MAX = 10_000;

  /// A step with this bit is followed by the next one at once.
  private static final int AT_ONCE = 0x80;

  private static final ShmConfig CONFIG =
      new ShmConfig(
          RING_BYTES,
          Spinning.OFF,
          UnixSocketPath.Access.OWNER,
          new TlsConfig(5_000, 30_000, 1, 1));
  private static final Principal PEER =
      new Principal("farcap://test/peer", "ab".repeat(32), Instant.parse("2999-01-01T00:00:00Z"));

  /// Runs where it is told to, on the thread of the tests: the same input, the same steps.
  private static final ManualIoEventLoop LOOP =
      new ManualIoEventLoop(Thread.currentThread(), EpollIoHandler.newFactory());

  private static final ArrayDeque<Channel> ACCEPTED = new ArrayDeque<>();
  private static final DomainSocketAddress ADDRESS = listen();

  static File[] found() {
    return new File("src/test/fuzz/RendezvousFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws Exception {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// The steps lead all the way: an input says nothing of what it does not reach.
  @ParameterizedTest
  @ValueSource(strings = {"an-honest-dialler", "an-honest-acceptor"})
  void whoIsHonestIsConnected(String input) throws Exception {
    assertTrue(isConnected(Files.readAllBytes(Path.of("src/test/fuzz/RendezvousFuzzTest", input))));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
    if (bytes.length > 0) {
      isConnected(bytes);
    }
  }

  /// Whether the peer gets so far.
  private static boolean isConnected(byte[] bytes) throws Exception {
    Held before = Held.now();
    Channel peer = connect();
    Victim victim = new Victim((bytes[0] & 1) == 0, ACCEPTED.remove());
    ByteBuffer script = ByteBuffer.wrap(bytes, 1, bytes.length - 1);

    for (int i = 0; i < STEPS_MAX && script.hasRemaining(); i++) {
      int step = script.get() & 0xFF;
      act(peer, step, script);
      if ((step & AT_ONCE) == 0) {
        settle();
      }
    }

    var _ = peer.close();
    settle();
    boolean connected = victim.isConnectedUntilNow();
    before.awaitAgain();
    return connected;
  }

  private static void act(Channel peer, int step, ByteBuffer script) throws IOException {
    switch ((step & ~AT_ONCE) % 11) {
      case 0 -> send(peer, pieces(script));
      case 1 -> say(peer, new Message.Hello(Libc.euid()));
      case 2 -> say(peer, new Message.Offer(Libc.euid(), RING_BYTES, NONCE));
      case 3 -> say(peer, new Message.Ready());
      case 4 -> say(peer, new Message.Taken());
      case 5 -> hand(peer, memory(RING_BYTES));
      case 6 -> hand(peer, Bell.create());
      case 7 -> hand(peer, memory(2 * RING_BYTES));
      case 8 -> hand(peer, FileDescriptor.from("/dev/null"));
      case 9 -> say(peer, new Message.Offer(Libc.euid(), 2 * RING_BYTES, NONCE));
      default -> say(peer, new Message.Offer(Libc.euid(), RING_BYTES, new Nonce(3, 4)));
    }
  }

  /// As many bytes of the script as its next byte says, less one.
  private static ByteBuf pieces(ByteBuffer script) {
    int wanted = script.hasRemaining() ? 1 + (script.get() & 0x7F) : 0;
    byte[] bytes = new byte[Math.min(wanted, script.remaining())];
    script.get(bytes);
    return Unpooled.wrappedBuffer(bytes);
  }

  private static void say(Channel peer, Message message) {
    send(peer, message.encode(UnpooledByteBufAllocator.DEFAULT));
  }

  private static void send(Channel peer, ByteBuf bytes) {
    var _ = peer.writeAndFlush(bytes);
  }

  private static void hand(Channel peer, FileDescriptor descriptor) {
    var _ = peer.writeAndFlush(descriptor).addListener(_ -> descriptor.close());
  }

  private static FileDescriptor memory(int ringBytes) throws IOException {
    FileDescriptor made = SharedMemory.create(ringBytes);
    try (SharedMemory mapped = SharedMemory.map(made, ringBytes)) {
      mapped.nonce(NONCE);
    }
    return made;
  }

  /// Until nothing moves any more.
  private static void settle() {
    for (int quiet = 0, turns = 0; quiet < 2; turns++) {
      assertTrue(turns < TURNS_MAX, "it never comes to rest");
      quiet = LOOP.runNow() == 0 ? quiet + 1 : 0;
    }
  }

  // The one that is spoken to.

  private static final class Victim {
    private final Channel channel;
    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true);
    private final CompletableFuture<Object> outcome = new CompletableFuture<>();
    private final TransportCounters counters = new TransportCounters();

    Victim(boolean accepting, Channel channel) throws Exception {
      this.channel = channel;
      channel.config().setAllocator(alloc);
      channel.pipeline().addLast(new PassedTls(), new ChannelInboundHandlerAdapter());
      begin(accepting);
      channel.config().setAutoRead(true);
      settle();
    }

    private void begin(boolean accepting) {
      ChannelHandlerContext last = channel.pipeline().lastContext();
      Rendezvous.opening(
              CONFIG, counters, accepting ? AcceptorsRendezvous::new : DiallersRendezvous::new)
          .open(last, PEER, this::opened, this::decide);
    }

    private Recorder opened(Connection connection) {
      Recorder recorder = new Recorder(connection);
      decide(recorder);
      return recorder;
    }

    private void decide(Object told) {
      assertTrue(outcome.complete(told), "told twice");
    }

    /// Whether there was a connection; the peer is gone, and so is it.
    boolean isConnectedUntilNow() {
      Object told = outcome.getNow("nothing: mistake");
      if (told instanceof Recorder recorder) {
        recorder.awaitClosed();
        assertEquals(0, recorder.frameCount());
      } else {
        String reason = String.valueOf(told);
        assertFalse(reason.contains("mistake") || reason.contains("\n"), reason);
        assertEquals(1, counters.snapshot().handshakesRefused());
      }
      assertTrue(channel.closeFuture().isDone(), "its socket stays open");
      assertEquals(0, alloc.metric().usedDirectMemory(), "bytes not released");
      return told instanceof Recorder;
    }
  }

  // Sockets.

  private static DomainSocketAddress listen() {
    try {
      Path folder = Files.createTempDirectory("rendezvous");
      Path path = folder.resolve("s");
      ChannelFuture bound =
          new ServerBootstrap()
              .group(LOOP)
              .channel(EpollServerDomainSocketChannel.class)
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.config().setAutoRead(false);
                      ACCEPTED.add(channel);
                    }
                  })
              .bind(new DomainSocketAddress(path.toString()));
      settle();
      assertTrue(bound.isSuccess(), "not bound");
      path.toFile().deleteOnExit();
      folder.toFile().deleteOnExit();
      return new DomainSocketAddress(path.toString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Channel connect() {
    ChannelFuture connecting =
        new Bootstrap()
            .group(LOOP)
            .channel(EpollDomainSocketChannel.class)
            .handler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ((ByteBuf) message).release();
                  }

                  @Override
                  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    var _ = ctx.close();
                  }
                })
            .connect(ADDRESS);
    settle();
    assertTrue(connecting.isSuccess(), "no connection");
    return connecting.channel();
  }
}
