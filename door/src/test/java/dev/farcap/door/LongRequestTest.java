package dev.farcap.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A program's long requests are announced to where they go, each by its own call, and wait for
/// room. Real gRPC: that a call begins on the stack on which its stream does is nowhere promised.
@Timeout(60)
final class LongRequestTest {
  private static final int PATIENCE_S = 20;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final MethodDescriptor<byte[], byte[]> METHOD =
      MethodDescriptor.newBuilder(BYTES, BYTES)
          .setFullMethodName("test.Sink/Take")
          .setType(MethodType.BIDI_STREAMING)
          .build();

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final Sink sink = new Sink();
  private Door door;
  private ManagedChannel program;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    Path socket = folder.resolve("door.sock");
    door =
        Door.open(
            new Door.Setup(
                "app",
                "test",
                DoorAddress.Unix.own(socket),
                DoorLimits.DEFAULT,
                new Arrivals(),
                DoorHealth.of(_ -> true),
                List.of(),
                sink,
                Caller.Watcher.NONE),
            group.next());
    program =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .eventLoopGroup(group)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  @AfterEach
  void close() {
    program.shutdownNow();
    door.close();
    group.shutdownGracefully(0, PATIENCE_S, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// Says of each message that it was announced and that it came.
  private final class Sink extends HandlerRegistry {
    private boolean roomy = true;
    private Runnable room = () -> {};

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
      return ServerMethodDefinition.create(METHOD, this::start);
    }

    private ServerCall.Listener<byte[]> start(ServerCall<byte[], byte[]> call, Metadata headers) {
      String name = String.valueOf(headers.get(NAME));
      ((LongMessageSource) call).leadsTo(new Taker(name));
      call.request(10);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          events.add(name + " came " + message.length);
        }

        @Override
        public void onHalfClose() {
          call.close(Status.OK, new Metadata());
        }
      };
    }

    private final class Taker implements LongMessageTaker {
      private final String name;

      Taker(String name) {
        this.name = name;
      }

      @Override
      public boolean announce(int bytes, Runnable granted) {
        events.add(name + " announced " + bytes);
        room = granted;
        return roomy;
      }

      @Override
      public void withdraw() {}
    }
  }

  private static final Metadata.Key<String> NAME =
      Metadata.Key.of("x-name", Metadata.ASCII_STRING_MARSHALLER);

  private void call(String name, int... lengths) {
    ClientCall<byte[], byte[]> call = program.newCall(METHOD, CallOptions.DEFAULT);
    Metadata headers = new Metadata();
    headers.put(NAME, name);
    call.start(new ClientCall.Listener<>() {}, headers);
    for (int length : lengths) {
      call.sendMessage(new byte[length]);
    }
    call.halfClose();
  }

  private @Nullable String next() throws InterruptedException {
    return events.poll(PATIENCE_S, TimeUnit.SECONDS);
  }

  @Test
  void eachLongRequestIsAnnouncedBeforeItComes() throws Exception {
    call("a", 1 << 20, 10, 100_000);

    assertEquals("a announced 1048576", next());
    assertEquals("a came 1048576", next());
    assertEquals("a came 10", next());
    assertEquals("a announced 100000", next());
    assertEquals("a came 100000", next());
  }

  @Test
  void aLongRequestWaitsForRoom() throws Exception {
    sink.roomy = false;
    call("a", 1 << 20);
    assertEquals("a announced 1048576", next());
    call("b", 10, 64 << 10);
    assertEquals("b came 10", next());
    assertEquals("b came 65536", next());
    assertNull(events.peek());

    group.next().execute(() -> sink.room.run());

    assertEquals("a came 1048576", next());
  }
}
