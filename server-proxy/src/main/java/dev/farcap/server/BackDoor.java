package dev.farcap.server;

import dev.farcap.door.Arrivals;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionHost;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/// Makes the hosts of accepted sessions; owns the channels to their servers.
///
/// A server sees each call with `farcap-label` (the effective label), `farcap-peer`,
/// `farcap-session`, `farcap-grant` and, for an object, `farcap-object-bin`; what the client sent
/// under such keys is dropped, and so is what the server answers under them.
public final class BackDoor implements AutoCloseable {
  /// Who fails a call here, in `farcap-origin`.
  static final String ORIGIN = "server-proxy";

  private final BackDoorConfig config;
  private final EventLoop loop;
  private final LongAdder overloaded = new LongAdder();
  private final Arrivals arrivals;
  private final Map<Target, BackendChannel> channels = new ConcurrentHashMap<>();

  /// @param arrivals of the process; of the same loop
  /// @param loop of an epoll event loop group; the links' own
  public BackDoor(BackDoorConfig config, Arrivals arrivals, EventLoop loop) {
    this.config = config;
    this.arrivals = arrivals;
    this.loop = loop;
  }

  /// What makes the host of one accepted session, for [dev.farcap.session.SessionGate]. May be
  /// called by any thread; the host is made and used on the loop.
  public Function<SessionControl, SessionHost> host(AcceptedSession session, Backend backend) {
    return switch (backend) {
      case Backend.Grpc(Target target) -> {
        BackendChannel channel = channel(target);
        yield control -> new RelayedHost(session, control.name(), channel);
      }
      case Backend.InProcess inProcess ->
          control -> new InProcessHost(session, control.name(), inProcess, loop);
    };
  }

  private BackendChannel channel(Target target) {
    return channels.computeIfAbsent(
        target, at -> BackendChannel.open(at, config, arrivals, overloaded, loop));
  }

  /// Whether a server is connected now, for status pages; false for one never called.
  public boolean isConnected(Target target) {
    BackendChannel channel = channels.get(target);
    return channel != null && channel.isConnected();
  }

  /// Counts calls ended because too much had arrived of answers that were not complete.
  public LongAdder overloaded() {
    return overloaded;
  }

  /// Cuts the legs to all servers.
  @Override
  public void close() {
    channels.values().forEach(BackendChannel::close);
  }
}
