package dev.farcap.link;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// [EchoService] that counts each execution by the nonce in its metadata.
final class CountingService implements ServerInterceptor {
  static final Metadata.Key<String> NONCE =
      Metadata.Key.of("nonce", Metadata.ASCII_STRING_MARSHALLER);

  private final Map<String, Integer> executions = new ConcurrentHashMap<>();

  ServerServiceDefinition definition() {
    return ServerInterceptors.intercept(new EchoService().definition(), this);
  }

  int executions(String nonce) {
    return executions.getOrDefault(nonce, 0);
  }

  int executions() {
    return executions.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    executions.merge(String.valueOf(headers.get(NONCE)), 1, Integer::sum);
    return next.startCall(call, headers);
  }
}
