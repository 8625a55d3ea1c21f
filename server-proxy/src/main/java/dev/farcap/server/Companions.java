package dev.farcap.server;

import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.Reflection;
import dev.farcap.session.Companion;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The [Companion]s of one session: they speak of its interface and of nothing else. On the loop
/// only.
final class Companions {
  /// How often a backend is asked while somebody watches.
  private static final long WATCH_APART_MS = 1_000;

  private final String service;
  private final About about;
  private final EventLoop loop;

  /// Empty until the first question: most sessions are never asked one.
  private final Map<String, ServerMethodDefinition<?, ?>> methods = new HashMap<>();

  Companions(String service, About about, EventLoop loop) {
    this.service = service;
    this.about = about;
    this.loop = loop;
  }

  /// @param name full name of the method
  @Nullable ServerMethodDefinition<?, ?> method(String name) {
    if (methods.isEmpty()) {
      add(new Health(service, about, loop).bindService());
      add(Reflection.service(() -> new Description(service, about)));
    }
    return methods.get(name);
  }

  private void add(ServerServiceDefinition companion) {
    for (ServerMethodDefinition<?, ?> method : companion.getMethods()) {
      methods.put(method.getMethodDescriptor().getFullMethodName(), method);
    }
  }

  private record Description(String service, About about) implements Reflection.Source {
    @Override
    public Set<String> services() {
      return Set.of(service);
    }

    @Override
    public CompletableFuture<FileSet> defining(String symbol) {
      return about.files(service);
    }

    @Override
    public CompletableFuture<FileSet> where(Predicate<FileSet> wanted) {
      return about.files(service);
    }
  }

  private static final class Health extends HealthGrpc.HealthImplBase {
    private final String service;
    private final About about;
    private final EventLoop loop;

    Health(String service, About about, EventLoop loop) {
      this.service = service;
      this.about = about;
      this.loop = loop;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> reply) {
      if (!isMeant(request)) {
        reply.onError(notFound());
        return;
      }
      about.check(
          service,
          status -> {
            if (!((ServerCallStreamObserver<HealthCheckResponse>) reply).isCancelled()) {
              reply.onNext(response(status));
              reply.onCompleted();
            }
          });
    }

    private static RuntimeException notFound() {
      return Status.NOT_FOUND.withDescription("not found").asRuntimeException();
    }

    private boolean isMeant(HealthCheckRequest request) {
      return List.of("", service).contains(request.getService());
    }

    private static HealthCheckResponse response(ServingStatus status) {
      return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> replies) {
      ServerCallStreamObserver<HealthCheckResponse> stream =
          (ServerCallStreamObserver<HealthCheckResponse>) replies;
      if (isMeant(request)) {
        // What comes of the stream's end is seen at the next look.
        stream.setOnCancelHandler(() -> {});
        look(stream, ServingStatus.UNKNOWN);
      } else {
        stream.onError(notFound());
      }
    }

    private void look(ServerCallStreamObserver<HealthCheckResponse> stream, ServingStatus told) {
      if (!stream.isCancelled()) {
        about.check(service, status -> tell(stream, told, status));
      }
    }

    private void tell(
        ServerCallStreamObserver<HealthCheckResponse> stream,
        ServingStatus told,
        ServingStatus status) {
      if (!stream.isCancelled() && status != told) {
        stream.onNext(response(status));
      }
      var _ = loop.schedule(() -> look(stream, status), WATCH_APART_MS, TimeUnit.MILLISECONDS);
    }
  }
}
