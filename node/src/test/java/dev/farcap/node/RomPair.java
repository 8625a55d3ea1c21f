package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Two nodes in this process, `host-b` with the ROM modules `config` and `other`, and programs that
/// watch them through `host-a`.
final class RomPair implements AutoCloseable {
  /// Policies of ROM: what is granted is served.
  static final String EVERYBODY = "[{labelPrefix: \"\", backend: roms}]";

  final TwoHosts hosts;
  private @Nullable Node server;
  private @Nullable Node client;
  private @Nullable FrontDoorChannel programs;

  RomPair(Path folder) throws Exception {
    hosts = new TwoHosts(folder);
  }

  /// @param policies of ROM, in YAML
  void start(String policies) throws Exception {
    startServer(policies);
    startClient(server().addresses().getFirst());
  }

  void startServer(String policies) throws Exception {
    startServer(hosts.writeServer(policies));
  }

  void startServer(Path file) throws Exception {
    server = Node.start(NodeConfig.read(file));
  }

  /// @param address where it looks for `host-b`
  void startClient(String address) throws Exception {
    startClient(hosts.writeClient(address));
  }

  void startClient(Path file) throws Exception {
    client = Node.start(NodeConfig.read(file));
    programs = new FrontDoorChannel(hosts.socket());
  }

  Node server() {
    return Objects.requireNonNull(server);
  }

  Node client() {
    return Objects.requireNonNull(client);
  }

  /// Reads everything again that can change while it runs, and returns when that is done.
  static void reload(Node node) throws Exception {
    node.reload().get(Await.PATIENCE_S, TimeUnit.SECONDS);
  }

  private Channel asking(String module) {
    return Objects.requireNonNull(programs).asking(Label.of(module));
  }

  /// A program that has seen the module's first version, and goes on watching.
  Watching watching(String module) throws Exception {
    Watching watching = new Watching(hosts.folder.resolve("roms").resolve(module));
    RomGrpc.newStub(asking(module)).watch(WatchRequest.getDefaultInstance(), watching);
    watching.assertHears();
    return watching;
  }

  /// How a program that wants to watch a module fails.
  Status refusal(String module) {
    return assertThrows(
            StatusRuntimeException.class,
            () ->
                RomGrpc.newBlockingStub(asking(module))
                    .withDeadlineAfter(Await.PATIENCE_S, TimeUnit.SECONDS)
                    .watch(WatchRequest.getDefaultInstance())
                    .next())
        .getStatus();
  }

  /// A Watch that stays open.
  static final class Watching implements StreamObserver<Version> {
    final CompletableFuture<Status> ended = new CompletableFuture<>();
    private final BlockingQueue<Version> versions = new LinkedBlockingQueue<>();
    private final Path file;

    private Watching(Path file) {
      this.file = file;
    }

    @Override
    public void onNext(Version version) {
      versions.add(version);
    }

    @Override
    public void onError(Throwable failure) {
      ended.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }

    /// The stream has not ended, and a change of the module comes through it.
    void assertLives() throws Exception {
      assertFalse(ended.isDone(), () -> "ended: " + ended.getNow(null));
      versions.clear();
      Files.writeString(file, Files.readString(file) + "+");
      assertHears();
    }

    private void assertHears() throws Exception {
      if (versions.poll(Await.PATIENCE_S, TimeUnit.SECONDS) == null) {
        throw new AssertionError("no version: " + ended.getNow(null));
      }
    }

    /// How the stream ends, by itself.
    Status end() throws Exception {
      return ended.get(Await.PATIENCE_S, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    if (programs != null) {
      programs.close();
    }
    if (client != null) {
      client.drain(Duration.ZERO);
    }
    if (server != null) {
      server.drain(Duration.ZERO);
    }
  }
}
