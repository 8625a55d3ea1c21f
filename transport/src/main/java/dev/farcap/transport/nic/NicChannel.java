package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads and writes packets in Ethernet frames: from and to one peer if it is connected, any if it
/// is bound. Lives on its loop, which polls its sockets: one of a dialler, two of an acceptor, so
/// that a flood of packets that want to make connections does not keep those of connections
/// waiting.
///
/// *What passes.* An interface that is down, without a cable or removed takes nothing and brings
/// nothing; what was to be sent is lost, as a packet may be, and QUIC sends it again. Once a second
/// the channel looks at its interface. If that was removed and made again, the socket is bound
/// anew; QUIC is told of none of it.
///
/// *What does not.* Packets of a connection cannot become smaller, and come from one hardware
/// address: whoever could move a connection could take it away from its peer. If the interface's
/// MTU becomes smaller, or it has another hardware address, a dialler's channel closes, and with it
/// its connection: the next one begins with packets that fit, from the new address. A smaller MTU
/// of an acceptor is that of the segment, so its diallers notice; if not, QUIC finds the size out
/// by losses.
final class NicChannel extends AbstractChannel implements Intake.Owner {
  private static final Logger log = LoggerFactory.getLogger(NicChannel.class);
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  /// Frames written by one system call.
  private static final int BATCH = 32;

  private static final long LOOK_MS = 1_000;

  private final ChannelConfig config = new DefaultChannelConfig(this);
  private final NicCounters counters;
  private final Executor closers;
  private final List<Intake.Kind> kinds;
  private final List<Intake> intakes = new ArrayList<>();
  private boolean closed;
  private @Nullable Attached attached;

  /// @param kinds of its intakes; frames are sent by the first one
  /// @param closers closing a packet socket blocks, so it is done here
  NicChannel(List<Intake.Kind> kinds, NicCounters counters, Executor closers) {
    super(null);
    this.kinds = kinds;
    this.counters = counters;
    this.closers = closers;
  }

  // Its life: opened and registered, then attached to an interface, then closed.

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isCompatible(EpollIoHandle.class);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    try {
      for (Intake.Kind kind : kinds) {
        intakes.add(Intake.open(kind, this));
      }
      register(0, promise);
    } catch (ConnectException e) {
      promise.tryFailure(e);
    }
  }

  private void register(int number, ChannelPromise promise) {
    if (number == intakes.size()) {
      promise.trySuccess();
      return;
    }
    intakes
        .get(number)
        .register(
            (IoEventLoop) eventLoop(),
            failure -> {
              if (failure == null) {
                register(number + 1, promise);
              } else {
                promise.tryFailure(failure);
              }
            });
  }

  @Override
  public void loopEnds() {
    unsafe().close(voidPromise());
  }

  /// The interface, and where frames go to.
  private static final class Attached {
    final PortClaim claim;
    final InetSocketAddress local;
    final @Nullable InetSocketAddress remote;
    final Endpoint self;
    final @Nullable Endpoint peer;
    final int packetBytesMax;
    final Outgoing outgoing;
    final Future<?> looking;
    Nic nic;
    boolean away;

    Attached(
        Nic nic,
        PortClaim claim,
        Endpoint self,
        @Nullable InetSocketAddress remote,
        int packetBytesMax,
        Outgoing outgoing,
        Future<?> looking) {
      this.nic = nic;
      this.claim = claim;
      this.self = self;
      this.local = self.toSocketAddress();
      this.remote = remote;
      this.peer = remote == null ? null : Endpoint.of(remote);
      this.packetBytesMax = packetBytesMax;
      this.outgoing = outgoing;
      this.looking = looking;
    }
  }

  @Override
  protected void doBind(SocketAddress address) throws IOException {
    attach(Endpoint.of((InetSocketAddress) address), null);
  }

  /// @param asked interface, EtherType and port
  /// @param remote null for any
  private void attach(Endpoint asked, @Nullable InetSocketAddress remote) throws IOException {
    if (closed || intakes.isEmpty()) {
      throw new ClosedChannelException();
    }
    Nic nic = Nic.look(Nic.nameOf(asked.nicIndex()));
    int packetBytesMax = nic.packetBytesMax();
    int port = remote == null ? asked.port() : 0;
    PortClaim claim = PortClaim.take(nic.name(), asked.etherType(), port);
    Endpoint self = new Endpoint(nic.index(), asked.etherType(), nic.mac(), claim.port());
    Attached fresh =
        new Attached(
            nic,
            claim,
            self,
            remote,
            packetBytesMax,
            new Outgoing(alloc(), BATCH, self),
            eventLoop()
                .scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS));
    attached = fresh;
    for (Intake intake : intakes) {
      intake.attach(self, fresh.peer, nic, mtu(nic), alloc());
    }
  }

  private static int mtu(Nic nic) {
    return Math.min(nic.mtu(), FrameHeader.MTU_MAX);
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    closed = true;
    Attached was = attached;
    attached = null;
    if (was != null) {
      was.looking.cancel(false);
      was.claim.close();
      was.outgoing.release();
      countOverrun();
    }
    intakes.forEach(intake -> intake.end(closers));
    intakes.clear();
  }

  private void countOverrun() {
    intakes.forEach(intake -> counters.overrun(intake.socket().overrun()));
  }

  // What changes at the interface.

  private void look() {
    Attached was = attached;
    if (was == null) {
      return;
    }
    countOverrun();
    try {
      Nic now = Nic.look(was.nic.name());
      if (was.away || !now.equals(was.nic)) {
        follow(was, now);
      }
      was.away = false;
    } catch (IOException e) {
      // It may come back.
      if (!was.away) {
        log.info("nic {}: {}", was.nic.name(), e.getMessage());
      }
      was.away = true;
    }
  }

  private void follow(Attached was, Nic now) throws IOException {
    log.info("nic {}: was {}, is {}", now.name(), was.nic, now);
    Endpoint self = new Endpoint(now.index(), was.self.etherType(), now.mac(), was.claim.port());
    for (Intake intake : intakes) {
      intake.attach(self, was.peer, now, mtu(now), alloc());
    }
    was.outgoing.from(self);
    boolean sameAddress = now.mac().equals(was.nic.mac());
    was.nic = now;
    boolean fits = mtu(now) - FrameHeader.OWN_BYTES >= was.packetBytesMax;
    if (was.peer != null && !(fits && sameAddress)) {
      unsafe().close(voidPromise());
    }
  }

  // Reading.

  @Override
  public void ready(Intake intake, EpollIoOps ops) {
    if (ops.contains(EpollIoOps.EPOLLOUT)) {
      ((NicUnsafe) unsafe()).writeOn(intake);
    }
    // An error of the interface is told by reading, too.
    readFrames(intake);
  }

  /// Batch by batch: QUIC answers each before the next one is fetched, so that the peer works on
  /// the answer meanwhile.
  private void readFrames(Intake intake) {
    boolean more = true;
    for (int batch = 0; batch < intake.batchesMax() && more; batch++) {
      Attached to = attached;
      Incoming incoming = intake.incoming();
      if (to == null || incoming == null) {
        break;
      }
      more = readBatch(intake, incoming, to.local);
    }
  }

  /// @return whether there may be more
  private boolean readBatch(Intake intake, Incoming incoming, InetSocketAddress local) {
    boolean read = false;
    int count = incoming.receive(intake.socket());
    for (int slot = 0; slot < count && !closed; slot++) {
      DatagramPacket packet = incoming.packet(slot, local);
      if (packet == null) {
        counters.malformed();
      } else {
        counters.received(FrameHeader.BYTES + packet.content().readableBytes());
        read = true;
        pipeline().fireChannelRead(packet);
      }
    }
    if (read) {
      pipeline().fireChannelReadComplete();
    }
    return count == incoming.batch();
  }

  @Override
  protected void doBeginRead() {
    intakes.forEach(intake -> intake.want(EpollIoOps.EPOLLIN, true));
  }

  // Writing.

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (!(message instanceof DatagramPacket packet)) {
      throw new UnsupportedOperationException("not a packet: " + message.getClass());
    }
    ByteBuf content = packet.content();
    if (content.hasMemoryAddress()) {
      return packet;
    }
    ByteBuf direct = alloc().directBuffer(content.readableBytes()).writeBytes(content);
    packet.release();
    return new DatagramPacket(direct, packet.recipient());
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer packets) throws Exception {
    Attached to = attached;
    if (to == null || intakes.isEmpty()) {
      throw new ClosedChannelException();
    }
    Intake by = intakes.getFirst();
    while (!packets.isEmpty()) {
      int count = to.outgoing.gather(packets, mtu(to.nic) - FrameHeader.OWN_BYTES);
      int sent = count == 0 ? -Libc.EMSGSIZE : by.socket().send(to.outgoing.frames(), count);
      if (sent == -Libc.EAGAIN) {
        by.want(EpollIoOps.EPOLLOUT, true);
        return;
      }
      if (sent < 0) {
        lose(packets, sent);
      }
      for (int i = 0; i < sent; i++) {
        counters.sent(FrameHeader.BYTES + removeFirst(packets));
      }
    }
  }

  /// Takes the first packet out of the queue.
  ///
  /// @return its bytes
  private static int removeFirst(ChannelOutboundBuffer packets) {
    for (; ; ) {
      Object first = packets.current();
      int bytes = first instanceof DatagramPacket packet ? packet.content().readableBytes() : -1;
      // What is no packet was cancelled.
      if (!packets.remove() || bytes >= 0) {
        return Math.max(0, bytes);
      }
    }
  }

  /// The first packet cannot be sent: it is lost, like one that was lost on the way.
  private void lose(ChannelOutboundBuffer packets, int error) {
    if (error == -Libc.EINTR) {
      return;
    }
    counters.unsent();
    var _ = removeFirst(packets);
    if (error == -Libc.EMSGSIZE) {
      eventLoop().execute(this::look);
    }
  }

  // What Netty asks for.

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new NicUnsafe();
  }

  private final class NicUnsafe extends AbstractUnsafe {
    @Override
    public void connect(
        SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      try {
        InetSocketAddress peer = (InetSocketAddress) remote;
        attach(Endpoint.of(peer), peer);
      } catch (IOException | RuntimeException e) {
        promise.tryFailure(e);
        closeIfClosed();
        return;
      }
      promise.trySuccess();
      pipeline().fireChannelActive();
    }

    @Override
    protected void flush0() {
      // What waits for room goes on when there is some.
      if (intakes.isEmpty() || !intakes.getFirst().wants(EpollIoOps.EPOLLOUT)) {
        super.flush0();
      }
    }

    void writeOn(Intake by) {
      by.want(EpollIoOps.EPOLLOUT, false);
      super.flush0();
    }
  }

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public boolean isActive() {
    return attached != null;
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return attached == null ? null : attached.local;
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return attached == null ? null : attached.remote;
  }
}
