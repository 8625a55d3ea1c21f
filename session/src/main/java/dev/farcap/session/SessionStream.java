package dev.farcap.session;

import java.util.Iterator;

/// A stream of messages, read one after the other by one thread, and closed when no more are
/// wanted.
///
///     try (SessionStream<Version> versions = rom.watch(0)) {
///       while (versions.hasNext()) {
///         show(versions.next());
///       }
///     }
///
/// [#hasNext()] and [#next()] wait for the other side: blocking code, made for virtual threads. A
/// reader that takes its time slows the writer down, at most a few messages wait in between.
/// Reading throws [SessionException], or another [io.grpc.StatusRuntimeException], where the stream
/// ended otherwise than well; an interrupt ends it CANCELLED and leaves the thread interrupted.
///
/// A server returns one, and its `hasNext`, `next` and finally `close` are called by the thread of
/// that call. When the caller is gone the thread is interrupted.
///
/// @param <T> message
public interface SessionStream<T> extends Iterator<T>, AutoCloseable {
  /// Ends the stream: the writer is told, [#hasNext()] is false from now on. Any thread; no effect
  /// the second time.
  @Override
  void close();

  /// Messages that are there already, or made as they are asked for.
  static <T> SessionStream<T> of(Iterator<? extends T> messages) {
    return new SessionStream<>() {
      @Override
      public boolean hasNext() {
        return messages.hasNext();
      }

      @Override
      public T next() {
        return messages.next();
      }

      @Override
      public void close() {}
    };
  }

  /// The messages of a collection.
  static <T> SessionStream<T> of(Iterable<? extends T> messages) {
    return of(messages.iterator());
  }
}
