package dev.farcap.door;

import dev.farcap.session.MetadataKeys;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/// Puts the label that a call asks for into the context of the services a door serves itself.
public final class AskedLabel implements ServerInterceptor {
  private static final Context.Key<String> KEY = Context.keyWithDefault("farcap-label", "");

  /// What the present call asks for, as the program wrote it; empty for nothing in particular.
  public static String ofCall() {
    return KEY.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String label = headers.get(MetadataKeys.LABEL);
    return label == null
        ? next.startCall(call, headers)
        : Contexts.interceptCall(Context.current().withValue(KEY, label), call, headers, next);
  }
}
