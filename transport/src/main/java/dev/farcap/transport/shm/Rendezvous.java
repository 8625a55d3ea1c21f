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
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands behind the TLS handler between the admission of the peer and the first frame: the two
/// sides agree on memory. Then gives its place to a [ShmConnection].
///
/// Descriptors and TLS share one socket but are never under way at the same time, since a plain
/// read would lose a descriptor: the acceptor sends them when the dialler has said that it reads
/// nothing else, and sends nothing more until the dialler has said that it has them. Each side
/// changes how it reads in a task of its own, when no read is under way.
final class Rendezvous extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Rendezvous.class);

  /// The memory, the dialler's bell, the acceptor's bell.
  private static final int DESCRIPTORS = 3;

  private final ShmConfig config;
  private final TransportCounters counters;
  private final boolean dialler;
  private final Principal peer;
  private final Function<Connection, ConnectionListener> opener;
  private final Consumer<String> refused;
  private final ByteBuf said;
  private final List<FileDescriptor> descriptors = new ArrayList<>();
  private final EpollDomainSocketChannel channel;
  private @Nullable Future<?> timeout;
  private Step step = Step.BEGUN;
  private Message.@Nullable Offer offer;
  private @Nullable SharedMemory memory;
  private @Nullable Bell own;
  private @Nullable Bell theirs;

  /// What has happened.
  private enum Step {
    BEGUN,
    OFFERED,
    READY,
    DONE
  }

  /// It is not to be.
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String reason) {
      super(reason);
    }
  }

  private Rendezvous(
      ShmConfig config,
      TransportCounters counters,
      boolean dialler,
      EpollDomainSocketChannel channel,
      Principal peer,
      Function<Connection, ConnectionListener> opener,
      Consumer<String> refused) {
    this.config = config;
    this.counters = counters;
    this.dialler = dialler;
    this.channel = channel;
    this.peer = peer;
    this.opener = opener;
    this.refused = refused;
    this.said = channel.alloc().buffer(Message.BYTES, Message.BYTES);
  }

  /// Makes shared memory of proven streams.
  static TlsHandshake.Opening opening(
      ShmConfig config, TransportCounters counters, boolean dialler) {
    return (handshake, peer, opener, refused) -> {
      EpollDomainSocketChannel channel = (EpollDomainSocketChannel) handshake.channel();
      Rendezvous rendezvous =
          new Rendezvous(config, counters, dialler, channel, peer, opener, refused);
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
    if (dialler) {
      say(new Message.Hello(Libc.euid()));
    }
  }

  private void say(Message message) {
    var _ = channel.writeAndFlush(message.encode(channel.alloc()));
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
    } catch (RuntimeException mistake) {
      log.error("rendezvous with {} failed", peer.name(), mistake);
      refuse("a mistake at this end: " + mistake);
    }
  }

  private void heard(ByteBuf bytes)
      throws Message.MalformedException, RefusedException, IOException {
    try {
      while (bytes.isReadable() && step != Step.DONE) {
        said.writeBytes(bytes, Math.min(bytes.readableBytes(), said.writableBytes()));
        if (!said.isWritable()) {
          Message message = Message.decode(said.readerIndex(0));
          said.clear();
          heard(message);
        }
      }
    } finally {
      bytes.release();
    }
  }

  private void heard(Message message) throws RefusedException, IOException {
    switch (message) {
      case Message.Hello hello when !dialler && step == Step.BEGUN -> offer(hello);
      case Message.Offer offered when dialler && step == Step.BEGUN -> accept(offered);
      case Message.Ready _ when !dialler && step == Step.OFFERED -> handOver();
      case Message.Taken _ when !dialler && step == Step.READY -> open();
      default -> throw new RefusedException("malformed rendezvous: " + message + " at " + step);
    }
  }

  // The acceptor.

  private void offer(Message.Hello hello) throws RefusedException, IOException {
    checkUser(hello.uid());
    Nonce nonce = Nonce.random();
    FileDescriptor descriptor = SharedMemory.create(config.ringBytes());
    descriptors.add(descriptor);
    SharedMemory made = SharedMemory.map(descriptor, config.ringBytes());
    memory = made;
    made.nonce(nonce);
    step = Step.OFFERED;
    say(new Message.Offer(Libc.euid(), config.ringBytes(), nonce));
  }

  private void handOver() throws IOException {
    Bell diallers = Bell.create();
    theirs = diallers;
    Bell acceptors = Bell.create();
    own = acceptors;
    step = Step.READY;
    // Behind TLS: descriptors cannot be encrypted, and need not be.
    ChannelHandlerContext raw = channel.pipeline().context(SslHandler.class);
    var _ = raw.write(descriptors.getFirst());
    var _ = raw.write(diallers.fd());
    var _ = raw.writeAndFlush(acceptors.fd());
  }

  // The dialler.

  private void accept(Message.Offer offered) throws RefusedException, IOException {
    checkUser(offered.uid());
    offer = offered;
    step = Step.OFFERED;
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
              say(new Message.Ready());
            });
  }

  private void heard(FileDescriptor descriptor) throws RefusedException, IOException {
    descriptors.add(descriptor);
    Libc.closeOnExec(descriptor.intValue());
    if (!dialler || step != Step.OFFERED || descriptors.size() > DESCRIPTORS) {
      throw new RefusedException("malformed rendezvous: a descriptor at " + step);
    }
    if (descriptors.size() == DESCRIPTORS) {
      step = Step.READY;
      take();
      channel
          .eventLoop()
          .execute(
              () -> {
                channel.config().setReadMode(DomainSocketReadMode.BYTES);
                if (step == Step.READY) {
                  say(new Message.Taken());
                  open();
                }
              });
    }
  }

  private void take() throws RefusedException, IOException {
    Message.Offer offered = Objects.requireNonNull(offer);
    SharedMemory taken = SharedMemory.map(descriptors.getFirst(), offered.ringBytes());
    memory = taken;
    own = Bell.of(descriptors.get(1));
    theirs = Bell.of(descriptors.get(2));
    if (!taken.nonce().equals(offered.nonce())) {
      throw new RefusedException("the memory is not the one that was offered");
    }
  }

  /// Whoever is at the other end of the socket runs as the user that TLS speaks for. A stranger in
  /// between, who lets TLS pass, would keep a copy of the memory's descriptor.
  private void checkUser(int told) throws RefusedException, IOException {
    int seen = channel.peerCredentials().uid();
    if (seen != told) {
      throw new RefusedException(
          "the other end of the socket is user "
              + Integer.toUnsignedLong(seen)
              + ", the proven peer is user "
              + Integer.toUnsignedLong(told)
              + ": another process stands in between, or the two have different user namespaces");
    }
  }

  // The end of it.

  private void open() {
    step = Step.DONE;
    SharedMemory ready = Objects.requireNonNull(memory);
    Bell mine = Objects.requireNonNull(own);
    Bell other = Objects.requireNonNull(theirs);
    stopWaiting();
    close(descriptors.getFirst()); // The mapping stays.
    try {
      ShmConnection connection =
          new ShmConnection(
              channel, peer, counters, config.spinning(), ready, dialler, mine, other, opener);
      channel.pipeline().replace(this, "connection", connection);
      counters.connectionOpened();
    } catch (RuntimeException mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      var _ = channel.close();
    }
  }

  private void refuse(String reason) {
    if (step != Step.DONE) {
      step = Step.DONE;
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
    if (own != null) {
      own.close();
    }
    if (theirs != null) {
      theirs.close();
    }
    descriptors.forEach(Rendezvous::close);
  }

  private static void close(FileDescriptor descriptor) {
    try {
      descriptor.close();
    } catch (IOException e) {
      throw new IllegalStateException("a descriptor cannot be closed", e);
    }
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
