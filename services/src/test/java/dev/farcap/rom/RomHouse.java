package dev.farcap.rom;

import dev.farcap.services.SessionEnds;
import dev.farcap.services.SessionLabel;
import dev.farcap.session.Label;
import dev.farcap.session.SignalPort;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A ROM server on a real folder, reached in-process.
final class RomHouse implements AutoCloseable {
  final Path root;
  final RomServer rom;
  final SessionEnds sessions = new SessionEnds();
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Server server;
  private final ManagedChannel channel;
  private final List<RomWatch> watches = new ArrayList<>();

  RomHouse(RomConfig config, @Nullable SignalPort signals) throws IOException {
    this(config, signals, UUID.randomUUID().toString());
  }

  RomHouse(RomConfig config, @Nullable SignalPort signals, String name) throws IOException {
    root = config.root();
    rom = RomServer.open(config, signals, group.next(), InstantSource.system());
    server =
        InProcessServerBuilder.forName(name)
            .addService(rom.service())
            .intercept(sessions)
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  static RomConfig config(Path folder) throws IOException {
    Path root = Files.createDirectories(folder.resolve("root"));
    return RomConfig.of(root, folder.resolve("state"));
  }

  Channel channel(String module) {
    return ClientInterceptors.intercept(
        channel, SessionLabel.asking(Label.of("host-a", "app", module)));
  }

  RomReader reader(String module) {
    return new RomReader(channel(module));
  }

  /// Follows a module; every version told goes into the queue.
  BlockingQueue<RomVersion> watch(String module, long have) {
    BlockingQueue<RomVersion> told = new LinkedBlockingQueue<>();
    watches.add(reader(module).watch(have, into(told)));
    return told;
  }

  static RomListener into(BlockingQueue<RomVersion> told) {
    return new RomListener() {
      @Override
      public void changed(RomVersion version) {
        told.add(version);
      }

      @Override
      public void failed(StatusRuntimeException reason) {
        throw reason;
      }
    };
  }

  static RomVersion next(BlockingQueue<RomVersion> told) throws InterruptedException {
    RomVersion version = told.poll(10, TimeUnit.SECONDS);
    if (version == null) {
      throw new AssertionError("no version within 10 s");
    }
    return version;
  }

  void put(String module, String content) throws IOException {
    put(module, content.getBytes(StandardCharsets.UTF_8));
  }

  /// Replaces by rename.
  void put(String module, byte[] content) throws IOException {
    Path target = root.resolve(module);
    Path fresh = target.resolveSibling("." + target.getFileName() + ".new");
    Files.write(fresh, content);
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /// The server takes no event until this is closed.
  Stall stallLoop() {
    CountDownLatch released = new CountDownLatch(1);
    Future<?> _ = group.submit(() -> released.await(1, TimeUnit.MINUTES));
    return released::countDown;
  }

  @FunctionalInterface
  interface Stall extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  public void close() {
    watches.forEach(RomWatch::close);
    channel.shutdownNow();
    rom.close();
    server.shutdownNow();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// Keeps what a call says.
  static final class Recorder<T> implements StreamObserver<T> {
    final BlockingQueue<T> values = new LinkedBlockingQueue<>();
    final BlockingQueue<Status> ended = new LinkedBlockingQueue<>();

    @Override
    public void onNext(T value) {
      values.add(value);
    }

    @Override
    public void onError(Throwable t) {
      ended.add(Status.fromThrowable(t));
    }

    @Override
    public void onCompleted() {
      ended.add(Status.OK);
    }
  }
}
