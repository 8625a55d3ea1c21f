package dev.farcap.services;

import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionCaller;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;

/// The label and name of the session that a call belongs to: of its [SessionCaller], what a
/// built-in service needs.
///
/// Trustworthy only behind a door, which drops what a client sends under such keys; a server that
/// is reached directly serves clients that name themselves.
public final class SessionLabel {
  private static final Context.Key<SessionCaller> CALLER =
      Context.keyWithDefault(
          "farcap-asking",
          new SessionCaller("", Label.EMPTY, /* proof= */ null, /* object= */ null));

  private SessionLabel() {}

  /// The effective label of the call being served; the empty label outside of one.
  public static Label current() {
    return CALLER.get().label();
  }

  /// The name of the session of the call being served; empty where nobody named it.
  public static String session() {
    return CALLER.get().session();
  }

  /// The service with [#current()] and [#session()] set in all its methods. A call whose metadata
  /// no [SessionCaller] can be read from fails INVALID_ARGUMENT.
  public static ServerServiceDefinition readBy(BindableService service) {
    return ServerInterceptors.intercept(service, new Reading());
  }

  /// Asks for `label` in every call, as a program at a front door does.
  public static ClientInterceptor asking(Label label) {
    return new Asking(label);
  }

  private static final class Reading implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      try {
        Context context = Context.current().withValue(CALLER, SessionCaller.of(headers));
        return Contexts.interceptCall(context, call, headers, next);
      } catch (IllegalArgumentException e) {
        call.close(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), new Metadata());
        return new ServerCall.Listener<>() {};
      }
    }
  }

  private record Asking(Label label) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
          headers.put(MetadataKeys.LABEL, label.toString());
          super.start(listener, headers);
        }
      };
    }
  }
}
