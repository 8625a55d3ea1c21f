package dev.farcap.client;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.Reflection;
import dev.farcap.door.Arrivals;
import dev.farcap.door.AskedLabel;
import dev.farcap.door.Caller;
import dev.farcap.door.Door;
import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorCounters;
import dev.farcap.door.DoorHealth;
import dev.farcap.link.BufferMarshaller;
import dev.farcap.session.SessionOpener;
import dev.farcap.session.SessionRequest;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One listener of a client-proxy: takes any gRPC call of a program and makes it on a session.
///
/// Calls of `grpc.health.v1`, server reflection, `farcap.session.v1.Sessions` and the given
/// services are served here; every other one goes to the session it belongs to (`SessionTable`),
/// through a [StandIn] if one is mounted for its service. What a program sends under a `farcap-`
/// key goes no further.
public final class FrontDoor implements AutoCloseable {
  /// Who fails a call here, in `farcap-origin`.
  static final String ORIGIN = "client-proxy";

  /// Method names remembered; programs choose them, so there is a bound.
  private static final int METHODS_MAX = 4_096;

  private final Door door;
  private final ServiceHealth health;
  private final CompanionSessions companions;
  private final SessionTable sessions;
  private final EventLoop loop;
  private final FrontDoorCounters counters;

  /// What a front door is made of.
  ///
  /// @param opener opens the sessions that programs need; they run on the door's loop
  /// @param reach what health and reflection may show
  /// @param known files of services that need not be asked of their servers
  /// @param standIns by service
  /// @param services served by the door itself, such as signals
  /// @param arrivals of the process; of the door's loop
  public record Parts(
      SessionOpener opener,
      Reach reach,
      FileSet known,
      Map<String, StandIn> standIns,
      Function<SessionHolds, List<ServerServiceDefinition>> services,
      Arrivals arrivals) {
    /// Copies the map.
    public Parts {
      standIns = Map.copyOf(standIns);
    }
  }

  private FrontDoor(
      Door door,
      ServiceHealth health,
      CompanionSessions companions,
      SessionTable sessions,
      EventLoop loop,
      FrontDoorCounters counters) {
    this.door = door;
    this.health = health;
    this.companions = companions;
    this.sessions = sessions;
    this.loop = loop;
    this.counters = counters;
  }

  /// Opens the door. Blocks until it listens; not to be called on the loop.
  ///
  /// @param loop of an epoll event loop group; the sessions' own
  /// @throws IOException with one line that names the address and what is wrong
  public static FrontDoor open(FrontDoorConfig config, Parts parts, EventLoop loop)
      throws IOException {
    return open(config, parts, loop, LoopTime.of(loop));
  }

  static FrontDoor open(FrontDoorConfig config, Parts parts, EventLoop loop, LoopTime time)
      throws IOException {
    FrontDoorCounters counters = new FrontDoorCounters();
    SessionTable sessions =
        new SessionTable(config, parts.opener(), parts.standIns(), time, counters);
    CompanionSessions companions = new CompanionSessions(parts.reach(), time);
    List<ServerServiceDefinition> services = new ArrayList<>(parts.services().apply(sessions));
    services.add(new OpenedSessions(sessions).bindService());
    OwnServices own = OwnServices.of(services);
    FileSet atHand = own.files().with(parts.known());
    Supplier<Reflection.Source> catalog =
        () ->
            new Catalog(
                parts.reach(),
                own.names(),
                atHand,
                companions,
                sessions.label(AskedLabel.ofCall()));
    services.add(Reflection.service(catalog));
    services.add(Reflection.alphaService(catalog));
    ServiceHealth health =
        new ServiceHealth(
            parts.reach(), own.names()::contains, sessions::request, companions, time);
    Door door =
        Door.open(
            new Door.Setup(
                config.name(),
                ORIGIN,
                config.address(),
                config.limits(),
                parts.arrivals(),
                new DoorHealth(health),
                services,
                new AnyMethod(sessions),
                sessions),
            loop);
    return new FrontDoor(door, health, companions, sessions, loop, counters);
  }

  /// Where it listens, with the port that the system chose if 0 was asked.
  public DoorAddress address() {
    return door.address();
  }

  /// Connections and calls.
  public DoorCounters doorCounters() {
    return door.counters();
  }

  /// Sessions.
  public FrontDoorCounters counters() {
    return counters;
  }

  /// What can be reached may have changed: tells those who watch its health.
  public void routesChanged() {
    loop.execute(health::look);
  }

  /// Takes no more calls, waits for those in flight, then closes. Blocks; not to be called on the
  /// loop.
  ///
  /// @param patience after which calls still in flight are cut
  public void drain(Duration patience) {
    door.drain(patience);
    close();
  }

  /// Closes the door, its connections and its sessions now. Not to be called on the loop.
  @Override
  public void close() {
    door.close();
    loop.execute(companions::close);
    loop.execute(sessions::close);
  }

  /// Every method there may be.
  private static final class AnyMethod extends HandlerRegistry {
    private final SessionTable sessions;
    private final Map<String, ServerMethodDefinition<ByteBuf, ByteBuf>> known =
        new ConcurrentHashMap<>();

    AnyMethod(SessionTable sessions) {
      this.sessions = sessions;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String name, @Nullable String authority) {
      ServerMethodDefinition<ByteBuf, ByteBuf> present = known.get(name);
      if (present != null) {
        return present;
      }
      String service = MethodDescriptor.extractFullServiceName(name);
      if (service == null || !isService(service)) {
        return null;
      }
      ServerMethodDefinition<ByteBuf, ByteBuf> fresh =
          ServerMethodDefinition.create(BufferMarshaller.method(name), this::startCall);
      if (known.size() < METHODS_MAX) {
        known.put(name, fresh);
      }
      return fresh;
    }

    private static boolean isService(String name) {
      try {
        SessionRequest.checkService(name);
        return true;
      } catch (IllegalArgumentException unnameable) {
        return false;
      }
    }

    private ServerCall.Listener<ByteBuf> startCall(
        ServerCall<ByteBuf, ByteBuf> call, Metadata headers) {
      try {
        Caller caller = requireNonNull(call.getAttributes().get(Caller.ATTRIBUTE));
        String service = requireNonNull(call.getMethodDescriptor().getServiceName());
        return sessions.find(caller, service, headers).startCall(call, headers);
      } catch (StatusRuntimeException refused) {
        call.close(refused.getStatus(), requireNonNullElse(refused.getTrailers(), new Metadata()));
        return new ServerCall.Listener<>() {};
      }
    }
  }
}
