package dev.farcap.transport.shm;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsFailure;
import dev.farcap.transport.tls.TlsHandshake;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands behind the TLS handler between the admission of the peer and the first frame: the two
/// sides agree on memory. Then gives its place to a [ShmConnection].
///
/// [DiallersRendezvous] and [AcceptorsRendezvous] know who says what; here is what both need: time
/// is bounded, one message is heard at a time, and whatever was taken is given back if it comes to
/// nothing.
///
/// Descriptors and TLS share one socket but are never under way at the same time, since a plain
/// read would lose a descriptor: the acceptor sends them when the dialler has said that it reads
/// nothing else, and sends nothing more until the dialler has said that it has them. Each side
/// changes how it reads in a task of its own, when no read is under way.
final class Rendezvous extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Rendezvous.class);

  private final ShmConfig config;
  private final TransportCounters counters;
  private final EpollDomainSocketChannel channel;
  private final Principal peer;
  private final Function<Connection, ConnectionListener> opener;
  private final Consumer<String> refused;
  private final Side side;
  private final ByteBuf said;
  private final List<FileDescriptor> descriptors = new ArrayList<>();
  private @Nullable SharedMemory memory;
  private @Nullable Future<?> timeout;
  private boolean over;

  /// One side's part in it.
  interface Side {
    /// The peer is proven.
    void begin();

    /// The peer has said something.
    void heard(Message message) throws RefusedException, IOException;

    /// The peer has handed a descriptor over, which is kept already.
    void heard(FileDescriptor descriptor) throws RefusedException, IOException;
  }

  /// It is not to be.
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String reason) {
      super(reason);
    }

    /// @param heard what cannot be heard now
    /// @param due what can
    static RefusedException outOfTurn(Object heard, Object due) {
      return new RefusedException("malformed rendezvous: " + heard + " where " + due + " is due");
    }
  }

  private Rendezvous(
      ShmConfig config,
      TransportCounters counters,
      Function<Rendezvous, Side> side,
      EpollDomainSocketChannel channel,
      Principal peer,
      Function<Connection, ConnectionListener> opener,
      Consumer<String> refused) {
    this.config = config;
    this.counters = counters;
    this.channel = channel;
    this.peer = peer;
    this.opener = opener;
    this.refused = refused;
    this.said = channel.alloc().buffer(Message.BYTES, Message.BYTES);
    this.side = side.apply(this);
  }

  /// Makes shared memory of proven streams.
  ///
  /// @param side makes one side's part
  static TlsHandshake.Opening opening(
      ShmConfig config, TransportCounters counters, Function<Rendezvous, Side> side) {
    return (handshake, peer, opener, refused) -> {
      EpollDomainSocketChannel channel = (EpollDomainSocketChannel) handshake.channel();
      Rendezvous rendezvous =
          new Rendezvous(config, counters, side, channel, peer, opener, refused);
      handshake.pipeline().replace(handshake.handler(), "rendezvous", rendezvous);
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    int timeoutMs = config.handshake().handshakeTimeoutMs();
    timeout =
        ctx.executor()
            .schedule(
                () -> refuse("timed out: the peer did not finish the rendezvous"),
                timeoutMs,
                TimeUnit.MILLISECONDS);
    side.begin();
  }

  // What comes.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof FileDescriptor descriptor) {
        heard(descriptor);
      } else {
        heard((ByteBuf) message);
      }
    } catch (Message.MalformedException | RefusedException refusal) {
      refuse(String.valueOf(refusal.getMessage()));
    } catch (IOException failed) {
      refuse("shared memory cannot be had: " + failed.getMessage());
    } catch (RuntimeException | Error mistake) {
      log.error("rendezvous with {} failed", peer.name(), mistake);
      refuse("a mistake at this end: " + mistake);
    }
  }

  private void heard(FileDescriptor descriptor) throws RefusedException, IOException {
    if (over) {
      close(descriptor);
      return;
    }
    keep(descriptor);
    Libc.closeOnExec(descriptor.intValue());
    side.heard(descriptor);
  }

  private void heard(ByteBuf bytes)
      throws Message.MalformedException, RefusedException, IOException {
    try {
      if (over) {
        return;
      }
      said.writeBytes(bytes, Math.min(bytes.readableBytes(), said.writableBytes()));
      if (bytes.isReadable()) {
        throw new RefusedException("malformed rendezvous: more than one message at a time");
      }
      if (!said.isWritable()) {
        Message message = Message.decode(said.readerIndex(0));
        said.clear();
        side.heard(message);
      }
    } finally {
      bytes.release();
    }
  }

  // What a side does.

  ShmConfig config() {
    return config;
  }

  EpollDomainSocketChannel channel() {
    return channel;
  }

  void say(Message message) {
    var _ = channel.writeAndFlush(message.encode(channel.alloc()));
  }

  /// Does something when no read is under way, unless it is over by then.
  void later(Runnable action) {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (!over) {
                action.run();
              }
            });
  }

  /// Has a descriptor given back if it comes to nothing.
  FileDescriptor keep(FileDescriptor descriptor) {
    descriptors.add(descriptor);
    return descriptor;
  }

  /// Maps memory until it comes to nothing.
  ///
  /// @throws IOException if it cannot be had, or is not what it must be
  SharedMemory map(FileDescriptor descriptor, int ringBytes) throws IOException {
    SharedMemory mapped = SharedMemory.map(descriptor, ringBytes);
    memory = mapped;
    return mapped;
  }

  static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      throw new IllegalStateException("a descriptor cannot be closed", e);
    }
  }

  /// Whoever is at the other end of the socket runs as the user that TLS speaks for. A stranger in
  /// between, who lets TLS pass, would keep a copy of the memory's descriptor.
  void checkUser(int told) throws RefusedException, IOException {
    int seen = channel.peerCredentials().uid();
    if (seen != told) {
      throw new RefusedException(
          "the other end of the socket is user "
              + Integer.toUnsignedLong(seen)
              + ", the proven peer is user "
              + Integer.toUnsignedLong(told)
              + ": another process stands in between, or the two have different user namespaces,"
              + " or the peer was another user when it began to listen");
    }
  }

  // The end of it.

  /// Both sides have agreed.
  ///
  /// @param shared the connection's from now on
  void open(Shared shared) {
    over = true;
    stopWaiting();
    try {
      replaceBy(new ShmConnection(channel, peer, counters, config.spinning(), shared, opener));
    } catch (RuntimeException | Error mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      var _ = channel.close();
    }
  }

  private void replaceBy(ShmConnection connection) {
    counters.connectionOpened();
    try {
      channel.pipeline().replace(this, "connection", connection);
    } catch (RuntimeException | Error mistake) {
      connection.close("a mistake at this end: " + mistake);
      throw mistake;
    }
  }

  private void refuse(String reason) {
    if (!over) {
      over = true;
      counters.handshakeRefused();
      stopWaiting();
      // Not before: descriptors may still wait to be sent.
      var _ = channel.closeFuture().addListener(_ -> giveBack());
      var _ = channel.close();
      refused.accept(reason);
    }
  }

  private void stopWaiting() {
    if (timeout != null) {
      timeout.cancel(false);
    }
    said.release();
  }

  private void giveBack() {
    if (memory != null) {
      memory.close();
    }
    descriptors.forEach(Rendezvous::close);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(TlsFailure.describe(cause));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    refuse("the peer closed during the rendezvous");
  }
}
