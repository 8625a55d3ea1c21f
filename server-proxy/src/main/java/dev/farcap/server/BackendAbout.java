package dev.farcap.server;

import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.ReflectionClient;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Asks a gRPC server by its own health and reflection services.
///
/// One that has no health service, or does not know the interface there, serves when it is
/// reachable. Descriptors are remembered for [#FRESH_NANOS], so that peers cannot make the server
/// work: for each interface one question is under way at a time. On the loop only.
final class BackendAbout implements About {
  /// A server of this host or a near one answers within, or does not serve.
  private static final long CHECK_MS = 1_000;

  private static final Duration DESCRIBE = Duration.ofSeconds(5);

  /// As long as the questions of one tool take.
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Channel channel;

  /// By interface; those that are exported.
  private final Map<String, Described> described = new HashMap<>();

  private record Described(CompletableFuture<FileSet> files, long askedNanos) {
    boolean isFresh(long nowNanos) {
      return !files.isCompletedExceptionally()
          && (!files.isDone() || nowNanos - askedNanos < FRESH_NANOS);
    }
  }

  BackendAbout(Channel channel) {
    this.channel = channel;
  }

  // ---- health

  @Override
  public void check(String service, Consumer<ServingStatus> told) {
    check(service, told, this::ofTheServer);
  }

  /// The interface is not known to the health service: what does it say of the whole server?
  private void ofTheServer(Consumer<ServingStatus> told) {
    check("", told, last -> last.accept(ServingStatus.SERVING));
  }

  private void check(
      String name, Consumer<ServingStatus> told, Consumer<Consumer<ServingStatus>> unknown) {
    ClientCalls.asyncUnaryCall(
        channel.newCall(
            HealthGrpc.getCheckMethod(),
            CallOptions.DEFAULT.withDeadlineAfter(CHECK_MS, TimeUnit.MILLISECONDS)),
        HealthCheckRequest.newBuilder().setService(name).build(),
        new StreamObserver<>() {
          @Override
          public void onNext(HealthCheckResponse answer) {
            told.accept(
                answer.getStatus() == ServingStatus.SERVING
                    ? ServingStatus.SERVING
                    : ServingStatus.NOT_SERVING);
          }

          @Override
          public void onError(Throwable failure) {
            switch (Status.fromThrowable(failure).getCode()) {
              case UNIMPLEMENTED -> told.accept(ServingStatus.SERVING);
              case NOT_FOUND -> unknown.accept(told);
              default -> told.accept(ServingStatus.NOT_SERVING);
            }
          }

          @Override
          public void onCompleted() {}
        });
  }

  // ---- descriptors

  @Override
  public CompletableFuture<FileSet> files(String service) {
    long now = System.nanoTime();
    Described known = described.get(service);
    if (known != null && known.isFresh(now)) {
      return known.files();
    }
    CompletableFuture<FileSet> files =
        ReflectionClient.files(channel, service, DESCRIBE)
            .thenApply(all -> all.only(service::equals));
    described.put(service, new Described(files, now));
    return files;
  }
}
