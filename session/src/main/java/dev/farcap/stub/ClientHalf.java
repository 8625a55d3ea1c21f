package dev.farcap.stub;

import dev.farcap.session.SessionException;
import dev.farcap.session.SessionStream;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes the calls of a generated client half, in blocking style, over any channel.
///
/// Deadline and cancellation of the [io.grpc.Context] in which a call is made are those of the
/// call. An interrupt cancels a call. Failures are [dev.farcap.session.SessionException] and other
/// [io.grpc.StatusRuntimeException]. Thread-safe and immutable.
public final class ClientHalf {
  private final Channel channel;
  private final @Nullable Duration limit;

  /// @param channel its calls carry the session's label or handle
  public ClientHalf(Channel channel) {
    this(channel, null);
  }

  private ClientHalf(Channel channel, @Nullable Duration limit) {
    this.channel = channel;
    this.limit = limit;
  }

  /// The same, with calls that end DEADLINE_EXCEEDED after so long.
  ///
  /// @throws IllegalArgumentException if it is not positive
  public ClientHalf within(Duration deadline) {
    if (!deadline.isPositive()) {
      throw new IllegalArgumentException("deadline " + deadline + " must be positive");
    }
    return new ClientHalf(channel, deadline);
  }

  /// What a reply that should be a value or a failure is, if it is neither.
  public static StatusRuntimeException emptyReply() {
    return SessionException.of(
        Status.INTERNAL.withDescription("the reply holds neither a value nor an error"), null);
  }

  /// One request, one reply.
  public <Q, A> A unary(MethodDescriptor<Q, A> method, Q request) {
    ClientStream<Q, A> call = start(method);
    call.send(request);
    return call.only();
  }

  /// One request, a stream of replies.
  public <Q, A> SessionStream<A> replies(MethodDescriptor<Q, A> method, Q request) {
    ClientStream<Q, A> call = start(method);
    call.send(request);
    return call;
  }

  /// A stream of requests, taken by the calling thread; one reply.
  public <Q, A> A reply(MethodDescriptor<Q, A> method, Iterator<? extends Q> requests) {
    ClientStream<Q, A> call = start(method);
    try {
      call.sendAll(requests);
    } catch (InterruptedException _) {
      // The next wait finds out.
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      call.close();
      throw e;
    }
    return call.only();
  }

  /// Streams both ways; requests are taken by a thread of their own.
  public <Q, A> SessionStream<A> exchange(
      MethodDescriptor<Q, A> method, Iterator<? extends Q> requests) {
    ClientStream<Q, A> call = start(method);
    call.sendAllMeanwhile(requests);
    return call;
  }

  private <Q, A> ClientStream<Q, A> start(MethodDescriptor<Q, A> method) {
    CallOptions options =
        limit == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
    return ClientStream.start(channel, method, options);
  }
}
