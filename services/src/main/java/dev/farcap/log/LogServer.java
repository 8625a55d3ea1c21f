package dev.farcap.log;

import dev.farcap.log.LogEvent.Lines;
import dev.farcap.log.LogEvent.Stream;
import dev.farcap.log.v1.Acknowledged;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.TailReply;
import dev.farcap.log.v1.TailRequest;
import dev.farcap.log.v1.WriteReply;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.services.SessionLabel;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sink of log lines.
///
///     try (LogServer log = LogServer.toFile(Path.of("app.log"), true, clock)) {
///       builder.addService(log.service());
///     }
///
/// The writer's effective label comes from the session. Everything that is waiting is written as one
/// group, so that many writers share the cost of one record.
///
/// Threads: calls only put events into a queue; one platform thread, which may block, writes, keeps
/// the [LogLedger] and answers. At most [#QUEUED_BYTES_MAX] wait.
public final class LogServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogServer.class);

  /// Spools remembered: one for each session that logs.
  private static final int SPOOLS_MAX = 1024;

  /// Batches of one stream that may wait: one being written and some on the way.
  private static final int BATCHES_AHEAD = 4;

  /// What may wait for the disk, whoever sent it.
  static final long QUEUED_BYTES_MAX = 16L << 20;

  /// Events handled as one group: bounds the memory of their formatted lines.
  private static final int GROUP_MAX = 64;

  /// One Write: far more than a line, and below a message's limit.
  static final int WRITE_BYTES_MAX = 1 << 20;

  private final LogSink sink;
  private final InstantSource clock;
  private final SinkCounters counters = new SinkCounters();
  private final LogLedger ledger = new LogLedger(SPOOLS_MAX, counters);
  private final LogFollowers followers = new LogFollowers(counters);
  private final BlockingQueue<LogEvent> events = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Thread thread;

  // Writing thread only.
  private final Set<Stream> streams = new HashSet<>();
  private boolean failed;
  private volatile boolean closed;

  private LogServer(LogSink sink, InstantSource clock) throws IOException {
    this.sink = sink;
    this.clock = clock;
    ledger.reset(sink.open());
    followers.remember(sink.last(LogFollowers.RECENT_MAX));
    thread = Thread.ofPlatform().daemon().name("farcap-log").start(this::run);
  }

  /// Every line exactly once in a file, across restarts of this server.
  ///
  /// @param sync also across the end of the machine; costs a disk flush for each group
  /// @throws IOException if the file or its record cannot be used
  public static LogServer toFile(Path path, boolean sync, InstantSource clock) throws IOException {
    LogFile file = new LogFile(path, sync);
    try {
      return new LogServer(file, clock);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// Every line to a consumer, on the writing thread: exactly once while this server lives, at
  /// least once across its restart.
  public static LogServer toConsumer(Consumer<LogLine> consumer, InstantSource clock) {
    try {
      return new LogServer(new LogConsumer(consumer), clock);
    } catch (IOException e) {
      throw new IllegalStateException("a consumer needs no disk", e);
    }
  }

  /// The service `farcap.log.v1.Log`, for any gRPC server or back door.
  public ServerServiceDefinition service() {
    return SessionLabel.readBy(new Service());
  }

  /// What was counted so far.
  public SinkCounters counters() {
    return counters;
  }

  /// Writes what is waiting, then ends all calls UNAVAILABLE.
  @Override
  public void close() {
    events.add(new LogEvent.End());
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the writing thread

  private void run() {
    try (sink) {
      while (!closed) {
        List<LogEvent> group = new ArrayList<>();
        group.add(events.take());
        events.drainTo(group, GROUP_MAX - 1);
        write(group);
        group.forEach(event -> guarded(() -> handle(event)));
      }
      end();
    } catch (IOException | InterruptedException e) {
      LOG.warn("LOG: the sink did not close: {}", e.toString());
    }
  }

  /// Writes the lines of the whole group, then answers each part of it.
  private void write(List<LogEvent> group) {
    List<LogLine> lines = new ArrayList<>();
    List<Staged> parts = new ArrayList<>();
    for (LogEvent event : group) {
      if (event instanceof Lines part) {
        queuedBytes.addAndGet(-part.bytes());
        parts.add(new Staged(part, stage(part, lines)));
      }
    }
    if (!parts.isEmpty()) {
      Status status = commit(lines);
      parts.forEach(part -> guarded(() -> part.answer(status)));
    }
  }

  private record Staged(Lines part, Status staged) {
    void answer(Status status) {
      part.answer(staged.isOk() ? status : staged);
    }
  }

  private Status stage(Lines part, List<LogLine> to) {
    try {
      to.addAll(part.stage(ledger));
      return Status.OK;
    } catch (IllegalArgumentException e) {
      counters.refused.increment();
      return Status.INVALID_ARGUMENT.withDescription(e.getMessage());
    }
  }

  private Status commit(List<LogLine> lines) {
    try {
      if (failed) {
        // What is staged was judged by a record that may not be true.
        ledger.reset(sink.open());
        failed = false;
        return Status.UNAVAILABLE.withDescription("the log was away, send again");
      }
      Map<SpoolId, Long> state = ledger.stagedState();
      sink.write(lines, state);
      ledger.commit(state);
      counters.written.add(lines.size());
      followers.show(lines);
      return Status.OK;
    } catch (IOException e) {
      failed = true;
      counters.failures.increment();
      LOG.error("LOG: writing failed, writers send again: {}", e.toString());
      return Status.UNAVAILABLE.withDescription("the log cannot be written now");
    }
  }

  private void handle(LogEvent event) {
    switch (event) {
      case LogEvent.Append _, LogEvent.Write _ -> {
        // Answered with its group.
      }
      case LogEvent.Opened(Stream stream) -> {
        streams.removeIf(Stream::isGone);
        streams.add(stream);
      }
      case LogEvent.HalfClosed(Stream stream) -> stream.complete();
      case LogEvent.Overflowed(Stream stream, Status status) -> stream.fail(status);
      case LogEvent.Follow(ServerCallStreamObserver<TailReply> call, int lines) ->
          followers.add(call, lines);
      case LogEvent.FollowerChanged(ServerCallStreamObserver<TailReply> call) ->
          followers.changed(call);
      case LogEvent.End() -> closed = true;
    }
  }

  private void end() {
    Status status = Status.UNAVAILABLE.withDescription("the log server ends");
    for (LogEvent late; (late = events.poll()) != null; ) {
      if (late instanceof Lines part) {
        guarded(() -> part.answer(status));
      }
    }
    streams.forEach(stream -> guarded(() -> stream.fail(status)));
    followers.end(status);
  }

  /// One call that cannot be answered must not end the log.
  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.error("LOG: a call was not answered", e);
    }
  }

  /// The calls, on whatever thread they come.
  private final class Service extends LogGrpc.LogImplBase {
    @Override
    public void write(WriteRequest request, StreamObserver<WriteReply> call) {
      String label = SessionLabel.current().toString();
      int bytes = request.getSerializedSize();
      Status status =
          bytes > WRITE_BYTES_MAX
              ? tooLarge(bytes)
              : add(new LogEvent.Write(lines(label, request), bytes, call));
      if (!status.isOk()) {
        counters.refused.increment();
        call.onError(status.asRuntimeException());
      }
    }

    private List<LogLine> lines(String label, WriteRequest request) {
      List<LogLine> lines = new ArrayList<>();
      for (Line line : request.getLinesList()) {
        Line timed = timed(line, clock);
        LogText.split(line.getText()).forEach(text -> lines.add(LogLine.of(label, timed, text)));
      }
      return lines;
    }

    @Override
    public StreamObserver<Batch> append(StreamObserver<Acknowledged> observer) {
      ServerCallStreamObserver<Acknowledged> call =
          (ServerCallStreamObserver<Acknowledged>) observer;
      call.setOnCancelHandler(() -> LOG.debug("a stand-in left"));
      call.disableAutoRequest();
      call.request(BATCHES_AHEAD);
      Stream stream = new Stream(SessionLabel.current(), call);
      events.add(new LogEvent.Opened(stream));
      return new Batches(stream);
    }

    @Override
    public void tail(TailRequest request, StreamObserver<TailReply> observer) {
      ServerCallStreamObserver<TailReply> call = (ServerCallStreamObserver<TailReply>) observer;
      call.setOnReadyHandler(() -> events.add(new LogEvent.FollowerChanged(call)));
      call.setOnCancelHandler(() -> events.add(new LogEvent.FollowerChanged(call)));
      int lines = Math.clamp(request.getLines() & 0xffff_ffffL, 0, LogFollowers.RECENT_MAX);
      events.add(new LogEvent.Follow(call, lines));
    }
  }

  /// What a stand-in sends; one call at a time.
  private final class Batches implements StreamObserver<Batch> {
    private final Stream stream;
    private boolean overflowed;

    Batches(Stream stream) {
      this.stream = stream;
    }

    @Override
    public void onNext(Batch batch) {
      if (overflowed) {
        return;
      }
      Status status = add(new LogEvent.Append(stream, batch));
      if (!status.isOk()) {
        overflowed = true;
        counters.refused.increment();
        events.add(new LogEvent.Overflowed(stream, status));
      }
    }

    @Override
    public void onError(Throwable t) {
      LOG.debug("a stand-in left: {}", t.toString());
    }

    @Override
    public void onCompleted() {
      events.add(new LogEvent.HalfClosed(stream));
    }
  }

  /// @return OK, or why there is no room
  private Status add(Lines lines) {
    if (closed) {
      return Status.UNAVAILABLE.withDescription("the log server ends");
    }
    if (queuedBytes.addAndGet(lines.bytes()) > QUEUED_BYTES_MAX) {
      queuedBytes.addAndGet(-lines.bytes());
      return Status.RESOURCE_EXHAUSTED.withDescription(
          "more than %d bytes wait to be logged".formatted(QUEUED_BYTES_MAX));
    }
    events.add(lines);
    return Status.OK;
  }

  static Status tooLarge(int bytes) {
    return Status.INVALID_ARGUMENT.withDescription(
        "write is %d bytes, limit %d".formatted(bytes, WRITE_BYTES_MAX));
  }

  /// The line with a time of origin.
  static Line timed(Line line, InstantSource clock) {
    if (line.getOriginUnixNanos() != 0) {
      return line;
    }
    Instant now = clock.instant();
    return line.toBuilder()
        .setOriginUnixNanos(now.getEpochSecond() * 1_000_000_000 + now.getNano())
        .build();
  }
}
