package dev.farcap.door;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.DomainSocketChannel;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands in the listening channel and decides about each connection before gRPC sees it.
///
/// gRPC's public API shows neither the channel nor the peer's credentials; so while an event of a
/// connection is on its way into gRPC, [#present()] tells whose it is. That holds because channels
/// of a door share one loop. Where it should ever not hold the caller is unknown and its calls are
/// refused by [CallBound].
final class Admission extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  /// The key of those whose user is not known.
  private static final int NOBODY = -1;

  private final String door;
  private final DoorAddress address;
  private final DoorLimits limits;
  private final DoorCounters counters;
  private final Arrivals arrivals;
  private final Map<Integer, Integer> byUser = new HashMap<>();
  private long connections;
  private int open;
  private @Nullable Caller present;
  private boolean introduced;

  Admission(
      String door,
      DoorAddress address,
      DoorLimits limits,
      Arrivals arrivals,
      DoorCounters counters) {
    this.door = door;
    this.address = address;
    this.limits = limits;
    this.counters = counters;
    this.arrivals = arrivals;
  }

  /// The caller whose connection is being set up on this stack, or null. Asked once for each.
  @Nullable Caller present() {
    introduced = present != null;
    return present;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    Channel connection = (Channel) accepted;
    if (isFull() || !isAllowed(connection) || holdsTooMany(connection)) {
      connection.unsafe().closeForcibly();
      return;
    }
    open++;
    counters.connections.increment();
    counters.connectionsOpen.increment();
    OptionalInt uid = uid(connection);
    byUser.merge(uid.orElse(NOBODY), 1, Integer::sum);
    connection.closeFuture().addListener(_ -> closed(uid));
    Caller caller = new Caller(door, ++connections, uid);
    connection
        .pipeline()
        .addLast(new ControlBudget(counters))
        .addLast(new Introduction(caller))
        .addLast(
            new ConnectionWindow(
                arrivals, owner(caller), limits.messageBytes(), counters.refusedMessages));
    introduce(caller, () -> ctx.fireChannelRead(connection));
  }

  /// One user has one part, however many connections; whom nobody knows has one for each.
  private static Object owner(Caller caller) {
    return caller.uid().isPresent() ? caller.uid() : caller;
  }

  private void closed(OptionalInt uid) {
    byUser.computeIfPresent(uid.orElse(NOBODY), (_, held) -> held == 1 ? null : held - 1);
    open--;
    counters.connectionsOpen.decrement();
  }

  private boolean isFull() {
    if (open < limits.connections()) {
      return false;
    }
    counters.refusedConnections.increment();
    return true;
  }

  /// Where several users may connect, one of them cannot keep the others out.
  private boolean holdsTooMany(Channel connection) {
    boolean several = address instanceof DoorAddress.Unix(_, Set<Integer> uids) && uids.size() > 1;
    int held = byUser.getOrDefault(uid(connection).orElse(NOBODY), 0);
    if (!several || held < Math.max(1, limits.connections() / 2)) {
      return false;
    }
    counters.refusedConnections.increment();
    return true;
  }

  private boolean isAllowed(Channel connection) {
    Set<Integer> allowed =
        switch (address) {
          case DoorAddress.Unix(_, Set<Integer> uids) -> uids;
          case DoorAddress.Loopback _ -> null;
        };
    OptionalInt uid = uid(connection);
    if (allowed == null || (uid.isPresent() && allowed.contains(uid.getAsInt()))) {
      return true;
    }
    counters.refusedUsers.increment();
    log.warn(
        "{} {}: connection refused: user id {} is not one of the allowed {}",
        door,
        address,
        uid.isPresent() ? uid.getAsInt() : "unknown",
        allowed);
    return false;
  }

  private static OptionalInt uid(Channel connection) {
    if (!(connection instanceof DomainSocketChannel)) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(
          ((io.netty.channel.epoll.EpollDomainSocketChannel) connection).peerCredentials().uid());
    } catch (IOException gone) {
      return OptionalInt.empty();
    }
  }

  private void introduce(Caller caller, Runnable event) {
    Caller before = present;
    present = caller;
    try {
      event.run();
    } finally {
      present = before;
    }
  }

  /// The first handler of a connection: names the caller while gRPC sets the connection up.
  private final class Introduction extends ChannelInboundHandlerAdapter {
    private final Caller caller;

    Introduction(Caller caller) {
      this.caller = caller;
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
      introduce(caller, ctx::fireChannelRegistered);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      introduce(caller, ctx::fireChannelActive);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      introduced = false;
      introduce(caller, () -> ctx.fireChannelRead(message));
      // The connection preface is the last event of the set-up; it may come in pieces.
      if (introduced && !ctx.isRemoved()) {
        ctx.pipeline().remove(this);
      }
    }
  }
}
