package dev.farcap.door;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Health of a door: the empty service is the door itself, any other is what [Services] say of it.
/// While the door drains nothing serves.
///
/// On the door's loop only.
public final class DoorHealth extends HealthGrpc.HealthImplBase {
  /// Watches of a door at a time; each costs its service a look a second at most.
  private static final int WATCHES_MAX = 1_024;

  private final Services services;
  private final Set<Watch> watches = new LinkedHashSet<>();
  private boolean open = true;

  /// The services behind a door. On the door's loop only.
  public interface Services {
    /// Asks once.
    ///
    /// @param label as the program wrote it
    /// @param told SERVING, NOT_SERVING, or SERVICE_UNKNOWN for what is not there or is denied; now
    ///   or later, once
    /// @throws StatusRuntimeException if the question makes no sense
    void check(String service, String label, Consumer<ServingStatus> told);

    /// Asks on and on.
    ///
    /// @param label as the program wrote it
    /// @param told at least when it has changed
    /// @return ends it
    /// @throws StatusRuntimeException if the question makes no sense
    Runnable watch(String service, String label, Consumer<ServingStatus> told);
  }

  /// @param services that are behind the door
  public DoorHealth(Services services) {
    this.services = services;
  }

  /// Services that serve as long as the door is open.
  public static DoorHealth of(Predicate<String> served) {
    return new DoorHealth(new Fixed(served));
  }

  private record Fixed(Predicate<String> served) implements Services {
    @Override
    public void check(String service, String label, Consumer<ServingStatus> told) {
      told.accept(served.test(service) ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN);
    }

    @Override
    public Runnable watch(String service, String label, Consumer<ServingStatus> told) {
      check(service, label, told);
      return () -> {};
    }
  }

  void draining() {
    open = false;
    List.copyOf(watches).forEach(Watch::tell);
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    ServerCallStreamObserver<HealthCheckResponse> reply =
        (ServerCallStreamObserver<HealthCheckResponse>) observer;
    if (request.getService().isEmpty()) {
      answer(reply, ServingStatus.SERVING);
      return;
    }
    try {
      services.check(request.getService(), AskedLabel.ofCall(), status -> answer(reply, status));
    } catch (StatusRuntimeException e) {
      reply.onError(e);
    }
  }

  private void answer(ServerCallStreamObserver<HealthCheckResponse> reply, ServingStatus status) {
    if (reply.isCancelled()) {
      return;
    }
    if (status == ServingStatus.SERVICE_UNKNOWN) {
      reply.onError(Status.NOT_FOUND.withDescription("no such service here").asRuntimeException());
      return;
    }
    reply.onNext(response(status));
    reply.onCompleted();
  }

  private HealthCheckResponse response(ServingStatus status) {
    boolean told = open || status == ServingStatus.SERVICE_UNKNOWN;
    return HealthCheckResponse.newBuilder()
        .setStatus(told ? status : ServingStatus.NOT_SERVING)
        .build();
  }

  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    if (watches.size() >= WATCHES_MAX) {
      observer.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("door has " + WATCHES_MAX + " health watches, its limit")
              .asRuntimeException());
      return;
    }
    try {
      Watch watch = new Watch((ServerCallStreamObserver<HealthCheckResponse>) observer);
      watch.begin(request.getService());
    } catch (StatusRuntimeException e) {
      observer.onError(e);
    }
  }

  /// One watcher: told when its status differs from what it was told last.
  private final class Watch {
    private final ServerCallStreamObserver<HealthCheckResponse> observer;
    private @Nullable ServingStatus present;
    private @Nullable HealthCheckResponse told;
    private Runnable end = () -> {};

    Watch(ServerCallStreamObserver<HealthCheckResponse> observer) {
      this.observer = observer;
      observer.setOnCancelHandler(this::end);
      // A watcher that does not read is told the newest status when it does.
      observer.setOnReadyHandler(this::tell);
    }

    void begin(String service) {
      if (service.isEmpty()) {
        tell(ServingStatus.SERVING);
      } else {
        end = services.watch(service, AskedLabel.ofCall(), this::tell);
      }
      watches.add(this);
    }

    private void tell(ServingStatus status) {
      present = status;
      tell();
    }

    void tell() {
      if (present == null || observer.isCancelled() || !observer.isReady()) {
        return;
      }
      HealthCheckResponse response = response(present);
      if (!response.equals(told)) {
        told = response;
        observer.onNext(response);
      }
    }

    private void end() {
      watches.remove(this);
      end.run();
    }
  }
}
