package dev.farcap.log;

import dev.farcap.log.v1.Acknowledged;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.TailReply;
import dev.farcap.log.v1.WriteReply;
import dev.farcap.session.Label;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;

/// What the calls of the log server tell its writing thread.
sealed interface LogEvent {
  /// A stand-in's stream begins.
  record Opened(Stream stream) implements LogEvent {}

  /// A stand-in sends no more.
  record HalfClosed(Stream stream) implements LogEvent {}

  /// A stand-in's batch found no room; nothing after it was taken.
  record Overflowed(Stream stream, Status status) implements LogEvent {}

  /// Somebody wants to see the log.
  record Follow(ServerCallStreamObserver<TailReply> call, int lines) implements LogEvent {}

  /// A follower takes more, or is gone.
  record FollowerChanged(ServerCallStreamObserver<TailReply> call) implements LogEvent {}

  /// The last event.
  record End() implements LogEvent {}

  /// Something to write, and to answer when it is written.
  sealed interface Lines extends LogEvent {
    /// Its size on the way.
    long bytes();

    /// The lines to write for it.
    ///
    /// @throws IllegalArgumentException if it breaks a rule
    List<LogLine> stage(LogLedger ledger);

    /// It is written, or not.
    void answer(Status status);
  }

  /// One batch of a stream.
  record Append(Stream stream, Batch batch) implements Lines {
    @Override
    public long bytes() {
      return batch.getSerializedSize();
    }

    @Override
    public List<LogLine> stage(LogLedger ledger) {
      return stream.stage(ledger, batch);
    }

    @Override
    public void answer(Status status) {
      stream.answer(batch, status);
    }
  }

  /// The lines of one call of Write.
  record Write(List<LogLine> lines, long bytes, StreamObserver<WriteReply> call) implements Lines {
    @Override
    public List<LogLine> stage(LogLedger ledger) {
      return lines;
    }

    @Override
    public void answer(Status status) {
      if (status.isOk()) {
        call.onNext(WriteReply.getDefaultInstance());
        call.onCompleted();
      } else {
        call.onError(status.asRuntimeException());
      }
    }
  }

  /// A stand-in's call of Append, as the writing thread sees it.
  ///
  /// Once a batch of it failed no later one counts: it would leave a gap, and what is then sent
  /// again would look like it was written before.
  final class Stream {
    private final Label writer;
    private final ServerCallStreamObserver<Acknowledged> call;
    private boolean isBroken;
    private boolean isClosed;

    /// @param writer effective label
    Stream(Label writer, ServerCallStreamObserver<Acknowledged> call) {
      this.writer = writer;
      this.call = call;
    }

    private List<LogLine> stage(LogLedger ledger, Batch batch) {
      if (isBroken) {
        return List.of();
      }
      try {
        return ledger.stage(writer, batch);
      } catch (IllegalArgumentException e) {
        isBroken = true;
        throw e;
      }
    }

    private void answer(Batch batch, Status status) {
      if (!status.isOk()) {
        fail(status);
      } else if (!isBroken) {
        long last = batch.getEntries(batch.getEntriesCount() - 1).getSequence();
        call.onNext(Acknowledged.newBuilder().setSequence(last).build());
        call.request(1);
      }
    }

    /// Ends the call, once.
    void fail(Status status) {
      isBroken = true;
      if (!isClosed) {
        isClosed = true;
        call.onError(status.asRuntimeException());
      }
    }

    /// Everything is answered.
    void complete() {
      isBroken = true;
      if (!isClosed) {
        isClosed = true;
        call.onCompleted();
      }
    }

    boolean isGone() {
      return isClosed || call.isCancelled();
    }
  }
}
