package dev.farcap.stub;

import dev.farcap.session.SessionException;
import dev.farcap.session.SessionStream;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// One call on its client's side: the stream of its replies.
///
/// Sent by one thread, read by one, closed by any.
final class ClientStream<Q, A> extends ClientCall.Listener<A> implements SessionStream<A> {
  /// Replies asked for before they are read: enough to keep the network busy, few enough to bound
  /// what waits by some messages.
  private static final int AHEAD = 8;

  private final CallEvents events = new CallEvents();
  private final ClientCall<Q, A> call;
  private final Queue<A> replies = new ConcurrentLinkedQueue<>();
  private volatile @Nullable End end;
  private volatile boolean closed;
  private volatile @Nullable Thread sender;

  /// How the call ended.
  private record End(Status status, Metadata trailers) {
    StatusRuntimeException exception() {
      return SessionException.of(status, trailers);
    }
  }

  private ClientStream(Channel channel, MethodDescriptor<Q, A> method, CallOptions options) {
    call = channel.newCall(method, options.withExecutor(events));
  }

  static <Q, A> ClientStream<Q, A> start(
      Channel channel, MethodDescriptor<Q, A> method, CallOptions options) {
    ClientStream<Q, A> stream = new ClientStream<>(channel, method, options);
    stream.call.start(stream, new Metadata());
    stream.call.request(AHEAD);
    return stream;
  }

  // ---- callbacks, run by who waits

  @Override
  public void onMessage(A reply) {
    if (!closed) {
      replies.add(reply);
    }
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    end = new End(status, trailers);
    Thread sending = sender;
    if (sending != null) {
      sending.interrupt();
    }
  }

  // ---- sending

  /// Sends the only request.
  void send(Q request) {
    try {
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Sends requests as fast as the other side takes them, and stops when the call is over.
  void sendAll(Iterator<? extends Q> requests) throws InterruptedException {
    try {
      while (requests.hasNext()) {
        Q request = requests.next();
        events.await(() -> isOver() || call.isReady());
        if (isOver()) {
          return;
        }
        call.sendMessage(request);
      }
      call.halfClose();
    } catch (RuntimeException e) {
      // Whoever reads learns the cause.
      call.cancel("the requests could not be made", e);
      throw e;
    }
  }

  /// Sends requests by a thread of their own.
  void sendAllMeanwhile(Iterator<? extends Q> requests) {
    Thread sending =
        Thread.ofVirtual()
            .name("farcap-stub-send")
            .unstarted(Context.current().wrap(() -> sendOrCancel(requests)));
    sender = sending;
    sending.start();
  }

  private void sendOrCancel(Iterator<? extends Q> requests) {
    try {
      sendAll(requests);
    } catch (InterruptedException _) {
      // The call is over: nobody wants the rest.
    } catch (RuntimeException e) {
      if (!isOver()) {
        throw e;
      }
    }
  }

  private boolean isOver() {
    return closed || end != null;
  }

  // ---- reading

  @Override
  public boolean hasNext() {
    await(true);
    if (closed) {
      return false;
    }
    End ended = end;
    if (replies.isEmpty() && ended != null && !ended.status().isOk()) {
      throw ended.exception();
    }
    return !replies.isEmpty();
  }

  @Override
  public A next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the stream is at its end");
    }
    A reply = replies.remove();
    call.request(1);
    return reply;
  }

  /// The only reply of a call that has one.
  A only() {
    await(false);
    End ended = end;
    if (ended == null || !ended.status().isOk()) {
      throw ended == null ? interrupted() : ended.exception();
    }
    A reply = replies.poll();
    if (reply == null) {
      throw SessionException.of(
          Status.INTERNAL.withDescription("the server sent no reply"), ended.trailers());
    }
    return reply;
  }

  private void await(boolean untilReply) {
    try {
      events.await(() -> isOver() || (untilReply && !replies.isEmpty()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      close();
      throw interrupted();
    }
  }

  private static StatusRuntimeException interrupted() {
    return Status.CANCELLED.withDescription("the thread was interrupted").asRuntimeException();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (end == null) {
        call.cancel("the reader wants no more", null);
      }
      events.abandon();
      Thread sending = sender;
      if (sending != null) {
        sending.interrupt();
      }
    }
  }
}
