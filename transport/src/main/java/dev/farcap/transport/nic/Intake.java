package dev.farcap.transport.nic;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A packet socket in the loop of its channel, and the frames that come by it. Lives on the loop.
final class Intake implements EpollIoHandle {
  /// What an intake takes, by the form of QUIC's header (RFC 8999 section 5): packets of
  /// connections that are made have the short one, whatever makes a connection has the long one.
  enum Kind {
    /// All of them.
    ALL(32, 4),

    /// Those of connections.
    SHORT(32, 4),

    /// Those that make connections, which cost most. A flood of them fills no other queue than
    /// theirs, and has less time of the loop.
    LONG(16, 1);

    /// Frames of one system call.
    final int batch;

    /// Calls before others of the loop have their turn.
    final int batchesMax;

    Kind(int batch, int batchesMax) {
      this.batch = batch;
      this.batchesMax = batchesMax;
    }
  }

  /// Whose intake it is.
  interface Owner {
    /// Something is there to be read, or there is room to write.
    void ready(Intake intake, EpollIoOps ops);

    /// The loop ends.
    void loopEnds();
  }

  private final Kind kind;
  private final Owner owner;
  private final PacketSocket socket;
  private EpollIoOps interest = EpollIoOps.NONE;
  private @Nullable IoRegistration registration;
  private @Nullable Incoming incoming;

  private Intake(Kind kind, Owner owner, PacketSocket socket) {
    this.kind = kind;
    this.owner = owner;
    this.socket = socket;
  }

  /// @throws ConnectException if this process may not
  static Intake open(Kind kind, Owner owner) throws ConnectException {
    return new Intake(kind, owner, PacketSocket.open());
  }

  /// Has the loop poll the socket.
  ///
  /// @param outcome of null, or why that is not possible
  void register(IoEventLoop loop, Consumer<@Nullable Throwable> outcome) {
    var _ =
        loop.register(this)
            .addListener(
                (Future<IoRegistration> registered) -> {
                  if (registered.isSuccess()) {
                    registration = registered.getNow();
                  }
                  outcome.accept(registered.cause());
                });
  }

  /// Has frames come in.
  ///
  /// @param mtu how long they are
  void attach(Endpoint local, @Nullable Endpoint peer, Nic nic, int mtu, ByteBufAllocator allocator)
      throws IOException {
    Incoming present = incoming;
    if (present == null) {
      incoming = new Incoming(allocator, kind.batch, FrameHeader.ETHERNET_BYTES + mtu);
    } else {
      present.resize(FrameHeader.ETHERNET_BYTES + mtu);
    }
    socket.bind(new FrameFilter(local, peer, kind), local.etherType(), nic.index());
  }

  PacketSocket socket() {
    return socket;
  }

  /// What comes in; null before it is attached, and once it is closed.
  @Nullable Incoming incoming() {
    return incoming;
  }

  int batchesMax() {
    return kind.batchesMax;
  }

  void want(EpollIoOps ops, boolean wanted) {
    EpollIoOps changed = wanted ? interest.with(ops) : interest.without(ops);
    if (!changed.equals(interest) && registration != null) {
      interest = changed;
      registration.submit(changed);
    }
  }

  boolean wants(EpollIoOps ops) {
    return interest.contains(ops);
  }

  @Override
  public FileDescriptor fd() {
    return socket.fd();
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    owner.ready(this, ((EpollIoEvent) event).ops());
  }

  /// Of the loop.
  @Override
  public void close() {
    owner.loopEnds();
  }

  /// @param closers closing a packet socket blocks, so it is done here
  void end(Executor closers) {
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
    if (incoming != null) {
      incoming.release();
      incoming = null;
    }
    closers.execute(socket::close);
  }
}
