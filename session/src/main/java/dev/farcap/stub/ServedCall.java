package dev.farcap.stub;

import dev.farcap.session.SessionStream;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One call on its server's side: the stream of its requests, and a virtual thread that serves it.
///
/// The thread begins when the requests may be read: at once where they are a stream, else when the
/// only one is complete. When the call is cancelled the thread is interrupted.
final class ServedCall<Q, A> extends ServerCall.Listener<Q> implements SessionStream<Q> {
  /// Requests asked for before they are read.
  private static final int AHEAD = 8;

  private final ServerCall<Q, A> call;
  private final Body<Q, A> body;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock.
  private final Queue<Q> requests = new ArrayDeque<>();
  private boolean complete;
  private boolean cancelled;
  private boolean unread;
  private boolean answered;

  /// What serves a call.
  interface Body<Q, A> {
    void serve(ServedCall<Q, A> call) throws Exception;
  }

  private ServedCall(ServerCall<Q, A> call, Body<Q, A> body) {
    this.call = call;
    this.body = body;
    thread =
        Thread.ofVirtual()
            .name("farcap-stub " + call.getMethodDescriptor().getFullMethodName())
            .unstarted(Context.current().wrap(this::run));
  }

  static <Q, A> ServedCall<Q, A> start(ServerCall<Q, A> call, Body<Q, A> body) {
    ServedCall<Q, A> served = new ServedCall<>(call, body);
    call.request(AHEAD);
    if (!call.getMethodDescriptor().getType().clientSendsOneMessage()) {
      served.thread.start();
    }
    return served;
  }

  // ---- callbacks

  @Override
  public void onMessage(Q request) {
    note(
        () -> {
          if (!unread) {
            requests.add(request);
          }
        });
  }

  @Override
  public void onHalfClose() {
    note(() -> complete = true);
    if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
      thread.start();
    }
  }

  @Override
  public void onCancel() {
    note(() -> cancelled = true);
    thread.interrupt();
  }

  @Override
  public void onReady() {
    note(() -> {});
  }

  private void note(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // ---- the thread

  private void run() {
    try {
      body.serve(this);
      close(Status.OK, new Metadata());
    } catch (StatusRuntimeException e) {
      close(e.getStatus(), e.getTrailers());
    } catch (StatusException e) {
      close(e.getStatus(), e.getTrailers());
    } catch (InterruptedException _) {
      close(Status.CANCELLED.withDescription("the server's thread was interrupted"), null);
    } catch (Throwable e) {
      close(Status.UNKNOWN.withDescription("the server made a mistake; it has logged which"), null);
      // For the uncaught exception handler: the caller is told nothing of the inside.
      throw new IllegalStateException(call.getMethodDescriptor().getFullMethodName(), e);
    }
  }

  private void close(Status status, @Nullable Metadata trailers) {
    lock.lock();
    try {
      if (!cancelled) {
        call.close(status, trailers == null ? new Metadata() : trailers);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Sends a reply when the caller takes one more.
  ///
  /// @throws InterruptedException if the caller is gone
  void reply(A reply) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!cancelled && !call.isReady()) {
        changed.await();
      }
      send(reply);
    } finally {
      lock.unlock();
    }
  }

  /// Sends the only reply.
  ///
  /// @throws InterruptedException if the caller is gone
  void replyOnce(A reply) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      send(reply);
    } finally {
      lock.unlock();
    }
  }

  private void send(A reply) throws InterruptedException {
    if (cancelled) {
      throw new InterruptedException("the caller is gone");
    }
    if (!answered) {
      answered = true;
      call.sendHeaders(new Metadata());
    }
    call.sendMessage(reply);
  }

  // ---- the requests

  /// The only request.
  ///
  /// @throws StatusRuntimeException if there is none
  Q only() {
    if (!hasNext()) {
      throw Status.INTERNAL.withDescription("the caller sent no request").asRuntimeException();
    }
    return next();
  }

  @Override
  public boolean hasNext() {
    try {
      lock.lockInterruptibly();
      try {
        while (requests.isEmpty() && !complete && !cancelled && !unread) {
          changed.await();
        }
        if (cancelled) {
          throw gone();
        }
        return !requests.isEmpty();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw gone();
    }
  }

  private static StatusRuntimeException gone() {
    return Status.CANCELLED.withDescription("the caller is gone").asRuntimeException();
  }

  @Override
  public Q next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the stream is at its end");
    }
    lock.lock();
    try {
      Q request = requests.remove();
      if (!complete) {
        call.request(1);
      }
      return request;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    note(
        () -> {
          unread = true;
          requests.clear();
        });
  }
}
