package dev.farcap.client;

import dev.farcap.door.DoorHealth;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Whether services serve: there are a rule and a grant, the link is up, and the server says so.
///
/// What is denied is unknown, and no frame is sent for it. Watchers of one service share one watch
/// of its server; route, grant and link are looked at once a second while anybody watches. On the
/// door's loop only.
final class ServiceHealth implements DoorHealth.Services {
  /// A check must not take longer than those who probe have patience.
  private static final long CHECK_MS = 3_000;

  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Reach reach;
  private final Predicate<String> own;
  private final BiFunction<String, String, SessionRequest> request;
  private final CompanionSessions sessions;
  private final LoopTime time;
  private final Map<SessionRequest, Watched> watched = new HashMap<>();
  private boolean looking;

  /// @param own whether the door itself serves a service
  /// @param request the session for a service and the label that a program asks
  ServiceHealth(
      Reach reach,
      Predicate<String> own,
      BiFunction<String, String, SessionRequest> request,
      CompanionSessions sessions,
      LoopTime time) {
    this.reach = reach;
    this.own = own;
    this.request = request;
    this.sessions = sessions;
    this.time = time;
  }

  // ---- once

  @Override
  public void check(String service, String label, Consumer<ServingStatus> told) {
    if (own.test(service)) {
      told.accept(ServingStatus.SERVING);
      return;
    }
    SessionRequest session = request(service, label);
    ServingStatus near = session == null ? ServingStatus.SERVICE_UNKNOWN : near(session);
    if (session == null || near != ServingStatus.SERVING) {
      told.accept(near);
    } else {
      ask(session, told);
    }
  }

  /// Null for what is no name of a service.
  private @Nullable SessionRequest request(String service, String label) {
    try {
      SessionRequest.checkService(service);
    } catch (IllegalArgumentException _) {
      return null;
    }
    return request.apply(service, label);
  }

  /// As far as this side knows.
  private ServingStatus near(SessionRequest session) {
    return reach
        .place(session)
        .map(place -> place.linkUp() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
        .orElse(ServingStatus.SERVICE_UNKNOWN);
  }

  private void ask(SessionRequest session, Consumer<ServingStatus> told) {
    CompanionSessions.Use use = sessions.use(session);
    ClientCalls.asyncUnaryCall(
        use.channel()
            .newCall(
                HealthGrpc.getCheckMethod(),
                CallOptions.DEFAULT.withDeadlineAfter(CHECK_MS, TimeUnit.MILLISECONDS)),
        HealthCheckRequest.newBuilder().setService(session.service()).build(),
        new StreamObserver<>() {
          @Override
          public void onNext(HealthCheckResponse answer) {
            told.accept(answer.getStatus());
          }

          @Override
          public void onError(Throwable failure) {
            use.close();
            told.accept(ofFailure(Status.fromThrowable(failure)));
          }

          @Override
          public void onCompleted() {
            use.close();
          }
        });
  }

  /// A server-proxy that does not know the question can be reached, and that is all it says.
  private static ServingStatus ofFailure(Status status) {
    return status.getCode() == Status.Code.UNIMPLEMENTED
        ? ServingStatus.SERVING
        : ServingStatus.NOT_SERVING;
  }

  // ---- on and on

  @Override
  public Runnable watch(String service, String label, Consumer<ServingStatus> told) {
    SessionRequest session = own.test(service) ? null : request(service, label);
    if (session == null) {
      told.accept(own.test(service) ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN);
      return () -> {};
    }
    Watched present = watched.computeIfAbsent(session, Watched::new);
    present.add(told);
    lookLater();
    return () -> present.remove(told);
  }

  /// Looks at what is watched now.
  void look() {
    List.copyOf(watched.values()).forEach(Watched::look);
  }

  private void lookLater() {
    if (!looking && !watched.isEmpty()) {
      looking = true;
      time.schedule(
          () -> {
            looking = false;
            look();
            lookLater();
          },
          LOOK_NANOS);
    }
  }

  /// One service that somebody watches.
  private final class Watched {
    private final SessionRequest session;
    private final Set<Consumer<ServingStatus>> watchers = new LinkedHashSet<>();
    private @Nullable ServerWatch server;
    private @Nullable ServingStatus status;

    Watched(SessionRequest session) {
      this.session = session;
    }

    void add(Consumer<ServingStatus> watcher) {
      watchers.add(watcher);
      if (status == null) {
        look();
      } else {
        watcher.accept(status);
      }
    }

    void remove(Consumer<ServingStatus> watcher) {
      watchers.remove(watcher);
      if (watchers.isEmpty()) {
        watched.remove(session);
        forgetServer();
      }
    }

    private void forgetServer() {
      ServerWatch present = server;
      server = null;
      if (present != null) {
        present.cancel();
      }
    }

    void look() {
      ServingStatus near = near(session);
      if (near != ServingStatus.SERVING) {
        forgetServer();
        tell(near);
      } else if (server == null) {
        watchServer();
      }
    }

    private void watchServer() {
      try {
        ServerWatch fresh = new ServerWatch(this, sessions.use(session));
        server = fresh;
        fresh.start(session.service());
      } catch (StatusRuntimeException overloaded) {
        tell(ServingStatus.NOT_SERVING);
      }
    }

    void heard(ServerWatch from, ServingStatus says) {
      if (from == server) {
        tell(says);
      }
    }

    /// The next look watches it again.
    void lost(ServerWatch from, Status status) {
      if (from == server) {
        server = status.getCode() == Status.Code.UNIMPLEMENTED ? from : null;
        tell(ofFailure(status));
      }
    }

    private void tell(ServingStatus now) {
      status = now;
      List.copyOf(watchers).forEach(watcher -> watcher.accept(now));
    }
  }

  /// What a server says of a service, as long as it says it.
  private static final class ServerWatch extends ClientCall.Listener<HealthCheckResponse> {
    private final Watched watched;
    private final CompanionSessions.Use use;
    private final ClientCall<HealthCheckRequest, HealthCheckResponse> call;

    ServerWatch(Watched watched, CompanionSessions.Use use) {
      this.watched = watched;
      this.use = use;
      call = use.channel().newCall(HealthGrpc.getWatchMethod(), CallOptions.DEFAULT);
    }

    void start(String service) {
      call.start(this, new Metadata());
      call.sendMessage(HealthCheckRequest.newBuilder().setService(service).build());
      call.halfClose();
      call.request(1);
    }

    void cancel() {
      call.cancel("nobody watches", null);
    }

    @Override
    public void onMessage(HealthCheckResponse says) {
      watched.heard(this, says.getStatus());
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      use.close();
      watched.lost(this, status);
    }
  }
}
