package dev.farcap.log;

import dev.farcap.log.v1.Acknowledged;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteReply;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.services.Backoff;
import dev.farcap.services.CallRelay;
import dev.farcap.session.Id128;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.ServerServiceDefinition;
import io.grpc.SynchronizationContext;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes log lines at the program's side of a link, whatever the link does, and sees to it that the
/// sink gets each exactly once.
///
/// Mounted at the front door: [#apply] makes the service of one session over that session's
/// channel. The channel must open the session anew for a call that comes after the session was
/// lost. Write is answered at once; the overload policy is drop-oldest, counted and logged in
/// place. Append and Tail pass through.
///
/// Each session has its spool, which lives in memory: what it holds is lost with the process. Where
/// the sink takes nothing for [Config#giveUp] the spool lets go of its lines, in favour of those to
/// come. Any thread; the state of a session is changed by one at a time.
public final class LogStandIn implements Function<Channel, ServerServiceDefinition> {
  private static final Logger LOG = LoggerFactory.getLogger(LogStandIn.class);

  /// An empty spool keeps its stream for so long, so that a session without lines can end.
  private static final int IDLE_S = 10;

  private final Config config;
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final SpoolCounters counters = new SpoolCounters();

  /// How much a stand-in bears.
  ///
  /// @param spoolBytesMax memory for the lines of one session
  /// @param giveUp for how long a spool without any progress keeps its lines
  public record Config(long spoolBytesMax, Duration giveUp) {
    /// One MiB, some ten thousand lines; an hour, longer than most failures that heal.
    public static final Config DEFAULT = new Config(1 << 20, Duration.ofHours(1));

    /// @throws IllegalArgumentException if a value is out of range
    public Config {
      if (spoolBytesMax < 1 || !giveUp.isPositive()) {
        throw new IllegalArgumentException(
            "spoolBytesMax %d must be at least 1, giveUp %s positive"
                .formatted(spoolBytesMax, giveUp));
      }
    }
  }

  /// @param timer runs short tasks that do not block: an event loop will do
  /// @param clock for the time of origin of lines that carry none
  /// @param random cryptographic: ids of spools; any thread
  public LogStandIn(
      Config config, ScheduledExecutorService timer, InstantSource clock, RandomGenerator random) {
    this.config = config;
    this.timer = timer;
    this.clock = clock;
    this.random = random;
  }

  /// What was counted so far, over all sessions.
  public SpoolCounters counters() {
    return counters;
  }

  /// The service of one session.
  @Override
  public ServerServiceDefinition apply(Channel channel) {
    Session session = new Session(channel);
    return ServerServiceDefinition.builder(LogGrpc.getServiceDescriptor())
        .addMethod(LogGrpc.getWriteMethod(), ServerCalls.asyncUnaryCall(session::write))
        .addMethod(LogGrpc.getAppendMethod(), new CallRelay<>(channel, LogGrpc.getAppendMethod()))
        .addMethod(LogGrpc.getTailMethod(), new CallRelay<>(channel, LogGrpc.getTailMethod()))
        .build();
  }

  /// One session's spool and the stream that empties it. All state is changed inside `serial`.
  private final class Session {
    private final Channel channel;
    private final LogSpool spool =
        new LogSpool(Id128.mint(random), config.spoolBytesMax(), counters);
    private final Backoff backoff = new Backoff(random);
    private final SynchronizationContext serial =
        new SynchronizationContext((_, e) -> LOG.error("LOG: a spool failed", e));
    private @Nullable Stream stream;
    private boolean waits;
    private boolean gaveUp;
    private boolean giveUpArmed;
    private long progress;
    private long idleAt = -1;

    Session(Channel channel) {
      this.channel = channel;
    }

    void write(WriteRequest request, StreamObserver<WriteReply> program) {
      int bytes = request.getSerializedSize();
      if (bytes > LogServer.WRITE_BYTES_MAX) {
        counters.refused.increment();
        program.onError(LogServer.tooLarge(bytes).asRuntimeException());
        return;
      }
      List<Line> lines = lines(request);
      serial.execute(
          () -> {
            lines.forEach(spool::accept);
            gaveUp = false;
            pump();
          });
      program.onNext(WriteReply.getDefaultInstance());
      program.onCompleted();
    }

    private List<Line> lines(WriteRequest request) {
      List<Line> lines = new ArrayList<>(request.getLinesCount());
      for (Line line : request.getLinesList()) {
        Line timed = LogServer.timed(line, clock);
        for (String text : LogText.split(line.getText())) {
          lines.add(text.equals(line.getText()) ? timed : timed.toBuilder().setText(text).build());
        }
      }
      return lines;
    }

    /// Sends what the stream takes.
    private void pump() {
      if (stream == null && !waits && !gaveUp && spool.hasUnsent()) {
        open();
      }
      Stream open = stream;
      while (open != null && open.isReady() && spool.hasUnsent()) {
        open.send(spool.next());
      }
      armGiveUp();
    }

    private void open() {
      Stream opened = new Stream(this);
      stream = opened;
      // Not as a part of the Write in which this may run: it would end with that.
      Context.ROOT.run(() -> opened.start(channel));
    }

    private void acknowledged(Stream from, long sequence) {
      if (from == stream && spool.acknowledged(sequence)) {
        progress++;
        backoff.reset();
        if (spool.isEmpty()) {
          closeLater();
        }
      }
    }

    private void closeLater() {
      if (idleAt < 0) {
        in(TimeUnit.SECONDS.toMillis(IDLE_S), this::closeIfIdle);
      }
      idleAt = progress;
    }

    private void closeIfIdle() {
      boolean idle = idleAt == progress && spool.isEmpty();
      idleAt = -1;
      if (idle && stream != null) {
        stream.halfClose();
        stream = null;
      } else if (stream != null && spool.isEmpty()) {
        closeLater();
      }
    }

    private void ended(Stream from, String reason) {
      if (from != stream) {
        return;
      }
      LOG.debug("LOG: the stream to the sink ended: {}", reason);
      counters.breaks.increment();
      stream = null;
      spool.broken();
      if (spool.hasUnsent()) {
        waits = true;
        in(backoff.nextMs(), this::again);
      }
    }

    private void again() {
      waits = false;
      pump();
    }

    private void armGiveUp() {
      if (!giveUpArmed && !gaveUp && !spool.isEmpty()) {
        giveUpArmed = true;
        long seen = progress;
        in(config.giveUp().toMillis(), () -> giveUpUnless(seen));
      }
    }

    private void giveUpUnless(long seen) {
      giveUpArmed = false;
      if (progress == seen && !spool.isEmpty()) {
        LOG.warn("LOG: the sink took nothing for {}: a spool is given up", config.giveUp());
        spool.dropAll();
        // The next line opens a stream again, and tells of the loss.
        gaveUp = true;
        if (stream != null) {
          stream.cancel();
        }
      }
      armGiveUp();
    }

    private void in(long delayMs, Runnable task) {
      var _ = serial.schedule(task, delayMs, TimeUnit.MILLISECONDS, timer);
    }
  }

  /// One call of Append. Its callbacks come on the channel's threads.
  private static final class Stream implements ClientResponseObserver<Batch, Acknowledged> {
    private final Session session;
    private @Nullable ClientCallStreamObserver<Batch> call;

    Stream(Session session) {
      this.session = session;
    }

    void start(Channel channel) {
      StreamObserver<Batch> _ = LogGrpc.newStub(channel).append(this);
    }

    boolean isReady() {
      return call != null && call.isReady();
    }

    void send(Batch batch) {
      if (call != null) {
        call.onNext(batch);
      }
    }

    void halfClose() {
      if (call != null) {
        call.onCompleted();
      }
    }

    void cancel() {
      if (call != null) {
        call.cancel("the spool was given up", null);
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<Batch> begun) {
      call = begun;
      begun.setOnReadyHandler(() -> session.serial.execute(session::pump));
    }

    @Override
    public void onNext(Acknowledged reply) {
      session.serial.execute(() -> session.acknowledged(this, reply.getSequence()));
    }

    @Override
    public void onError(Throwable t) {
      session.serial.execute(() -> session.ended(this, t.toString()));
    }

    @Override
    public void onCompleted() {
      session.serial.execute(() -> session.ended(this, "the sink ended it"));
    }
  }
}
