package dev.farcap.stub;

import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionStream;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;

/// Serves the calls of a generated server half by blocking code, a virtual thread for each call.
///
/// The thread has the call's [io.grpc.Context], and is interrupted when the caller is gone. A
/// [io.grpc.StatusRuntimeException] thrown is the call's status; any other exception ends it
/// UNKNOWN and goes to the thread's uncaught exception handler. What a door in front of the server
/// bounds are the calls, and so the threads.
public final class ServerHalf {
  private ServerHalf() {}

  /// Takes a request.
  ///
  /// @param <Q> request, or the stream of them
  /// @param <A> reply, or the stream of them
  @FunctionalInterface
  public interface Method<Q, A> {
    /// Serves it.
    ///
    /// @throws Exception how the call ends
    A call(SessionCaller caller, Q request) throws Exception;
  }

  /// One request, one reply.
  public static <Q, A> ServerCallHandler<Q, A> unary(Method<Q, A> method) {
    return (call, headers) ->
        start(
            call,
            headers,
            (caller, served) -> served.replyOnce(method.call(caller, served.only())));
  }

  /// One request, a stream of replies.
  public static <Q, A> ServerCallHandler<Q, A> replies(Method<Q, SessionStream<A>> method) {
    return (call, headers) ->
        start(call, headers, (caller, served) -> reply(served, method.call(caller, served.only())));
  }

  /// A stream of requests, one reply.
  public static <Q, A> ServerCallHandler<Q, A> reply(Method<SessionStream<Q>, A> method) {
    return (call, headers) ->
        start(call, headers, (caller, served) -> served.replyOnce(method.call(caller, served)));
  }

  /// Streams both ways.
  public static <Q, A> ServerCallHandler<Q, A> exchange(
      Method<SessionStream<Q>, SessionStream<A>> method) {
    return (call, headers) ->
        start(call, headers, (caller, served) -> reply(served, method.call(caller, served)));
  }

  private static <Q, A> void reply(ServedCall<Q, A> served, SessionStream<A> replies)
      throws InterruptedException {
    try (replies) {
      while (replies.hasNext()) {
        served.reply(replies.next());
      }
    }
  }

  private interface Body<Q, A> {
    void serve(SessionCaller caller, ServedCall<Q, A> served) throws Exception;
  }

  private static <Q, A> ServerCall.Listener<Q> start(
      ServerCall<Q, A> call, Metadata headers, Body<Q, A> body) {
    SessionCaller caller;
    try {
      caller = SessionCaller.of(headers);
    } catch (IllegalArgumentException e) {
      call.close(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return ServedCall.start(call, served -> body.serve(caller, served));
  }
}
