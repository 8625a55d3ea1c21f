package dev.farcap.rom;

import com.google.protobuf.ByteString;
import dev.farcap.rom.v1.Chunk;
import dev.farcap.rom.v1.ReadRequest;
import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.SighReply;
import dev.farcap.rom.v1.SighRequest;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import dev.farcap.services.SessionLabel;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionEnd;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalTransmitter;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the files of a folder as ROM modules.
///
///     try (RomServer rom = RomServer.open(RomConfig.of(root, state), null, loop, clock)) {
///       builder.addService(rom.service());
///     }
///
/// The module is the last element of the session's label. Files may be replaced by rename or
/// written in place; a version is published when nobody has the file open for writing.
///
/// Threads: the [RomCatalog] and the inotify descriptor live on the event loop given, which also
/// copies what is small, and opens and deletes copies; better one of its own. Two threads copy and
/// hash what is larger, two send. Of a module in use there is one copy: in memory up to 8 KiB, else
/// in the state folder.
public final class RomServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RomServer.class);

  /// One large module does not hold up the small ones.
  private static final int COPY_THREADS = 2;

  /// As many as a small host has cores.
  private static final int SEND_THREADS = 2;

  /// How long the end waits for a copy in progress, which interrupting stops.
  private static final int CLOSE_S = 10;

  private final RomState state;
  private final IoEventLoop loop;
  private final @Nullable SignalPort signals;
  private final RomCounters counters = new RomCounters();
  private final VersionNumbers numbers;
  private final RomCopier copier;
  private final RomCatalog catalog;
  private final RomFolder folder;
  private final ExecutorService copying = threads("farcap-rom-copy", COPY_THREADS);
  private final ExecutorService sending = threads("farcap-rom-send", SEND_THREADS);
  private final AtomicLong calls = new AtomicLong();

  // Event loop only.
  private final Queue<RomEffect> effects = new ArrayDeque<>();
  private final Map<Long, RomTransfer> transfers = new HashMap<>();
  private final Map<Long, Watcher> watchers = new HashMap<>();
  private final Map<String, SignalTransmitter> transmitters = new HashMap<>();
  private boolean closed;

  private RomServer(
      RomConfig config,
      RomState state,
      @Nullable SignalPort signals,
      IoEventLoop loop,
      InstantSource clock)
      throws IOException {
    this.state = state;
    this.signals = signals;
    this.loop = loop;
    numbers = new VersionNumbers(clock, state.ceiling(), state);
    copier = new RomCopier(config, state, numbers);
    catalog = new RomCatalog(config, numbers::mint, state.remembered(), counters, this::add);
    // The floor was minted by the catalog.
    numbers.reserve(numbers.mint());
    folder = new RomFolder(config, catalog, counters, loop);
  }

  /// Opens the state folder and watches the root.
  ///
  /// @param signals raises the contexts of readers that use Sigh; null: Sigh is UNIMPLEMENTED
  /// @param loop an epoll event loop
  /// @param clock for version numbers
  /// @throws IOException if the root is no folder, the state folder cannot be used, or the system
  ///   has no inotify instance left
  public static RomServer open(
      RomConfig config, @Nullable SignalPort signals, IoEventLoop loop, InstantSource clock)
      throws IOException {
    if (!Files.isDirectory(config.root())) {
      throw new IOException("ROM root " + config.root() + " is no folder");
    }
    RomState state = RomState.open(config.state());
    try {
      RomServer server = new RomServer(config, state, signals, loop, clock);
      server.folder.start().syncUninterruptibly();
      LOG.info("ROM: sharing {}", config.root());
      return server;
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /// The service `farcap.rom.v1.Rom`, for any gRPC server or back door.
  public ServerServiceDefinition service() {
    return SessionLabel.readBy(new Service());
  }

  /// What was counted so far.
  public RomCounters counters() {
    return counters;
  }

  /// Ends all calls UNAVAILABLE and keeps what the next run needs. Not on the event loop.
  @Override
  public void close() {
    Map<String, RomVersion> versions =
        loop.submit(this::closeOnLoop).syncUninterruptibly().getNow();
    copying.shutdownNow();
    sending.shutdown();
    try {
      if (!copying.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        LOG.warn("ROM: a copy is still in progress after {} s", CLOSE_S);
      }
      state.close(versions, numbers.mint());
    } catch (IOException e) {
      LOG.warn("ROM: the state was not kept: {}", e.toString());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Map<String, RomVersion> closeOnLoop() throws IOException {
    closed = true;
    Status status = Status.UNAVAILABLE.withDescription("the ROM server ends");
    List.copyOf(transfers.values()).forEach(t -> t.end(status));
    List.copyOf(watchers.values()).forEach(w -> w.observer().onError(status.asRuntimeException()));
    watchers.clear();
    transmitters.values().forEach(SignalTransmitter::close);
    transmitters.clear();
    folder.close();
    return catalog.present();
  }

  // ---- effects, on the event loop

  private void add(RomEffect effect) {
    if (effects.isEmpty()) {
      loop.execute(this::carryOut);
    }
    effects.add(effect);
  }

  private void carryOut() {
    // One is taken away only when it is done, so that what it causes is not scheduled twice.
    for (RomEffect effect; (effect = effects.peek()) != null; effects.remove()) {
      try {
        carryOut(effect);
      } catch (RuntimeException e) {
        // One call that cannot be answered must not keep the others from their versions.
        LOG.error("ROM: {} failed", effect, e);
      }
    }
  }

  private void carryOut(RomEffect effect) {
    if (closed) {
      return;
    }
    switch (effect) {
      case RomEffect.Copy(String module, long copy) -> copy(module, copy);
      case RomEffect.Retry(String module, long delayMs) -> {
        Future<?> _ = loop.schedule(() -> catalog.retry(module), delayMs, TimeUnit.MILLISECONDS);
      }
      case RomEffect.Discard(long copy) -> discard(copy);
      case RomEffect.Announce announce -> announce(announce);
      case RomEffect.Send send -> send(send);
      case RomEffect.End(long call, Status status) -> end(call, status);
      case RomEffect.Raise(String registration) -> raise(registration);
    }
  }

  private void copy(String module, long copy) {
    CopyResult small = copier.copyIfSmall(module, copy);
    if (small != null) {
      // Not at once: who replaces a file again and again must not keep the loop from others.
      onLoop(() -> copied(module, copy, small));
      return;
    }
    copying.execute(
        () -> {
          CopyResult result = copier.copy(module, copy);
          onLoop(() -> copied(module, copy, result));
        });
  }

  private void copied(String module, long copy, CopyResult result) {
    if (!closed) {
      // First everything that happened before the copy was complete: see the catalog's theory.
      folder.drain();
      catalog.copied(module, copy, result);
    }
  }

  private void discard(long copy) {
    try {
      Files.deleteIfExists(state.copy(copy));
    } catch (IOException e) {
      LOG.warn("a copy was not deleted: {}", e.toString());
    }
  }

  private void announce(RomEffect.Announce announce) {
    Watcher watcher = watchers.get(announce.watcher());
    if (watcher != null) {
      watcher.observer().onNext(news(announce, watcher.contentBytesMax()));
      if (watcher.observer().isReady()) {
        catalog.watchReady(announce.watcher());
      }
    }
  }

  private static Version news(RomEffect.Announce announce, long contentBytesMax) {
    Version version = announce.version().toProto();
    ByteString content = announce.copy().small();
    return content == null || content.size() > contentBytesMax
        ? version
        : version.toBuilder().setContent(content).build();
  }

  private void send(RomEffect.Send send) {
    RomTransfer transfer = transfers.get(send.reader());
    if (transfer == null) {
      return;
    }
    try {
      transfer.begin(source(send));
    } catch (IOException e) {
      LOG.warn("a copy cannot be opened: {}", e.toString());
      transfer.end(Status.UNAVAILABLE.withDescription("the module cannot be read now"));
    }
  }

  private RomTransfer.Source source(RomEffect.Send send) throws IOException {
    return new RomTransfer.Source(
        send.version(), content(send.copy(), send.offset()), send.offset());
  }

  private ReadableByteChannel content(PrivateCopy copy, long offset) throws IOException {
    ByteString small = copy.small();
    return small == null
        ? FileChannel.open(state.copy(copy.number()), StandardOpenOption.READ).position(offset)
        : Channels.newChannel(small.substring((int) offset).newInput());
  }

  private void end(long call, Status status) {
    RomTransfer transfer = transfers.get(call);
    Watcher watcher = watchers.remove(call);
    if (transfer != null) {
      transfer.end(status);
    } else if (watcher != null) {
      watcher.observer().onError(status.asRuntimeException());
    }
  }

  private void raise(String registration) {
    SignalTransmitter transmitter = transmitters.get(registration);
    if (transmitter != null && transmitter.isDead()) {
      dropSignal(registration);
    } else if (transmitter != null) {
      transmitter.submit();
    }
  }

  private void dropSignal(String registration) {
    catalog.sighEnded(registration);
    SignalTransmitter transmitter = transmitters.remove(registration);
    if (transmitter != null) {
      transmitter.close();
    }
  }

  /// For what may come when the loop has ended before; then nobody counts any more.
  private void onLoop(Runnable event) {
    if (!loop.isShuttingDown()) {
      loop.execute(event);
    }
  }

  private static ExecutorService threads(String name, int count) {
    return new ThreadPoolExecutor(
        count,
        count,
        0,
        TimeUnit.SECONDS,
        // Bounded by the modules and calls that the catalog admits.
        new LinkedBlockingQueue<>(),
        Thread.ofPlatform().daemon().name(name + "-", 0).factory(),
        // After the end nobody waits for what is refused.
        new ThreadPoolExecutor.DiscardPolicy());
  }

  /// Who is told, and how long content may be that comes along.
  private record Watcher(ServerCallStreamObserver<Version> observer, long contentBytesMax) {}

  /// The calls, on whatever thread they come.
  private final class Service extends RomGrpc.RomImplBase {
    @Override
    public void read(ReadRequest request, StreamObserver<Chunk> observer) {
      String module = module(observer);
      if (module == null) {
        return;
      }
      long call = calls.incrementAndGet();
      ServerCallStreamObserver<Chunk> reader = (ServerCallStreamObserver<Chunk>) observer;
      RomTransfer transfer = new RomTransfer(reader, sending, () -> onLoop(() -> readEnded(call)));
      reader.setOnReadyHandler(transfer::wake);
      reader.setOnCancelHandler(transfer::wake);
      loop.execute(
          () -> {
            transfers.put(call, transfer);
            catalog.read(call, module, request.getHave(), request.getOffset());
          });
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<Version> observer) {
      String module = module(observer);
      if (module == null) {
        return;
      }
      long call = calls.incrementAndGet();
      ServerCallStreamObserver<Version> watcher = (ServerCallStreamObserver<Version>) observer;
      long contentBytesMax = Integer.toUnsignedLong(request.getContentBytesMax());
      watcher.setOnReadyHandler(() -> loop.execute(() -> catalog.watchReady(call)));
      watcher.setOnCancelHandler(() -> onLoop(() -> watchEnded(call)));
      loop.execute(
          () -> {
            watchers.put(call, new Watcher(watcher, contentBytesMax));
            catalog.watch(call, module, request.getHave());
            if (watcher.isReady()) {
              catalog.watchReady(call);
            }
          });
    }

    @Override
    public void sigh(SighRequest request, StreamObserver<SighReply> observer) {
      String module = module(observer);
      if (module == null) {
        return;
      }
      if (signals == null) {
        fail(observer, Status.UNIMPLEMENTED.withDescription("this ROM server has no signals"));
        return;
      }
      try {
        ObjectRef context = ObjectRef.parse(request.getContext().toByteArray());
        String registration = registration();
        SignalPort port = signals;
        SessionEnd end = SessionEnd.current();
        loop.execute(
            () -> {
              sigh(registration, module, request.getHave(), context, port, observer);
              if (end != null) {
                end.then(RomServer.this, () -> onLoop(() -> dropSignal(registration)));
              }
            });
      } catch (IllegalArgumentException e) {
        fail(observer, Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
      }
    }

    private void sigh(
        String registration,
        String module,
        long have,
        ObjectRef context,
        SignalPort port,
        StreamObserver<SighReply> observer) {
      Status status = catalog.sigh(registration, module, have);
      if (!status.isOk()) {
        fail(observer, status);
        return;
      }
      SignalTransmitter before = transmitters.put(registration, port.transmitter(context));
      if (before != null) {
        before.close();
      }
      observer.onNext(SighReply.getDefaultInstance());
      observer.onCompleted();
    }

    private static String registration() {
      return SessionLabel.session().isEmpty()
          ? SessionLabel.current().toString()
          : SessionLabel.session();
    }

    private void readEnded(long call) {
      transfers.remove(call);
      catalog.readEnded(call);
    }

    private void watchEnded(long call) {
      watchers.remove(call);
      catalog.watchEnded(call);
    }

    private static @Nullable String module(StreamObserver<?> observer) {
      try {
        return ModuleName.check(SessionLabel.current().last());
      } catch (IllegalArgumentException e) {
        fail(observer, Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
        return null;
      }
    }

    private static void fail(StreamObserver<?> observer, Status status) {
      observer.onError(status.asRuntimeException());
    }
  }
}
