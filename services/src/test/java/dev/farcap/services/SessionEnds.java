package dev.farcap.services;

import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionEnd;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Ends the sessions of a server in this process, as who hosts it does.
public final class SessionEnds implements ServerInterceptor {
  private final Map<String, SessionEnd> ends = new ConcurrentHashMap<>();

  /// A session is over.
  public void end(String session) {
    SessionEnd end = ends.remove(session);
    if (end == null) {
      throw new AssertionError("no call of session '" + session + "' came");
    }
    end.tell();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String session = headers.get(MetadataKeys.SESSION);
    if (session == null) {
      return next.startCall(call, headers);
    }
    SessionEnd end = ends.computeIfAbsent(session, _ -> new SessionEnd(Runnable::run));
    return Contexts.interceptCall(end.in(Context.current()), call, headers, next);
  }
}
