package dev.farcap.door;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// Health of a door: the empty service is the door itself, any other is served or is not found.
///
/// On the door's loop only.
public final class DoorHealth extends HealthGrpc.HealthImplBase {
  private final Predicate<String> serves;
  private final Map<StreamObserver<HealthCheckResponse>, Watch> watches = new LinkedHashMap<>();
  private boolean open = true;

  /// @param serves whether a service can be reached through the door now
  public DoorHealth(Predicate<String> serves) {
    this.serves = serves;
  }

  /// Tells watchers what has changed.
  public void changed() {
    watches.forEach((observer, watch) -> watch.tell(observer));
  }

  void draining() {
    open = false;
    changed();
  }

  private ServingStatus status(String service) {
    boolean known = service.isEmpty() || serves.test(service);
    if (!known) {
      return ServingStatus.SERVICE_UNKNOWN;
    }
    return open ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    ServingStatus status = status(request.getService());
    if (status == ServingStatus.SERVICE_UNKNOWN) {
      observer.onError(
          Status.NOT_FOUND.withDescription("no such service here").asRuntimeException());
      return;
    }
    observer.onNext(HealthCheckResponse.newBuilder().setStatus(status).build());
    observer.onCompleted();
  }

  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    Watch watch = new Watch(request.getService());
    watches.put(observer, watch);
    ((ServerCallStreamObserver<HealthCheckResponse>) observer)
        .setOnCancelHandler(() -> watches.remove(observer));
    watch.tell(observer);
  }

  /// One watcher: told when its status differs from what it was told last.
  private final class Watch {
    private final String service;
    private ServingStatus told = ServingStatus.UNKNOWN;

    Watch(String service) {
      this.service = service;
    }

    void tell(StreamObserver<HealthCheckResponse> observer) {
      ServingStatus status = status(service);
      if (status != told) {
        told = status;
        observer.onNext(HealthCheckResponse.newBuilder().setStatus(status).build());
      }
    }
  }
}
