package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.node.Node;
import dev.farcap.node.NodeConfig;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Server, server-proxy, client-proxy and program start and stop in any order: a call waits for
/// those that are not there yet, and who is asked to stop lets it finish.
///
/// All 24 orders with the proxies as nodes in this process; at night also as processes.
@Timeout(120)
class StartOrderProofTest {
  private static final byte[] HELLO = {1, 2, 3};

  /// Who takes part.
  enum Part {
    SERVER,
    SERVER_PROXY,
    CLIENT_PROXY,
    PROGRAM
  }

  @TempDir private Path folder;
  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();
  private final Map<Part, Running> running = new EnumMap<>(Part.class);
  private ProcessPair pair;
  private @Nullable Program program;
  private @Nullable Exchange waiting;

  static Stream<List<Part>> orders() {
    return orders(List.of(Part.values()));
  }

  private static Stream<List<Part>> orders(List<Part> parts) {
    if (parts.isEmpty()) {
      return Stream.of(List.of());
    }
    return parts.stream()
        .flatMap(
            first -> {
              List<Part> others = new ArrayList<>(parts);
              others.remove(first);
              return orders(others)
                  .map(
                      order -> {
                        List<Part> whole = new ArrayList<>(List.of(first));
                        whole.addAll(order);
                        return List.copyOf(whole);
                      });
            });
  }

  @BeforeEach
  void prepare() throws Exception {
    pair = ProcessPair.withBackend(folder, folder.resolve("backend.sock"));
    pair.writeDirectory("host-b");
  }

  @ParameterizedTest
  @MethodSource("orders")
  void nodesStartAndStopInAnyOrder(List<Part> order) throws Exception {
    startAndStop(order, false);
  }

  @ParameterizedTest
  @MethodSource("orders")
  @Tag("slow")
  void processesStartAndStopInAnyOrder(List<Part> order) throws Exception {
    startAndStop(order, true);
  }

  private void startAndStop(List<Part> order, boolean asProcesses) throws Exception {
    for (Part part : order) {
      running.put(part, start(part, asProcesses));
    }
    Exchange early = Objects.requireNonNull(waiting);
    assertTrue(early.status().isOk(), () -> "the call that waited: " + order);

    Exchange last = call(new Metadata());
    Served executing = Served.await(served);
    Part first = order.getFirst();
    CompletableFuture<Void> stopping = stop(first);
    executing.call.sendHeaders(new Metadata());
    executing.call.sendMessage(HELLO);
    executing.call.close(Status.OK, new Metadata());

    assertTrue(last.status().isOk(), () -> "the call in flight: " + order);
    assertArrayEquals(HELLO, last.replies.getFirst());
    stopping.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    for (Part part : order.subList(1, order.size())) {
      stop(part).get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  // ---- starting

  private Running start(Part part, boolean asProcesses) throws Exception {
    return switch (part) {
      case SERVER -> new OfServer(serving());
      case SERVER_PROXY -> proxy(asProcesses, pair.server(), "server.yaml");
      case CLIENT_PROXY -> proxy(asProcesses, pair.client(), "client.yaml");
      case PROGRAM -> {
        Program connecting = Program.at(pair.socket());
        program = connecting;
        Metadata echo = new Metadata();
        echo.put(Backend.ECHO, "");
        waiting = call(echo);
        yield new OfProgram(connecting);
      }
    };
  }

  private Backend serving() throws Exception {
    Backend backend = Backend.at(folder.resolve("backend.sock"));
    backend.keep(served, 2);
    return backend;
  }

  private Running proxy(boolean asProcess, ProxyProcess process, String file) throws Exception {
    if (asProcess) {
      process.start();
      return new OfProcess(process);
    }
    return new OfNode(Node.start(NodeConfig.read(folder.resolve(file))));
  }

  /// A call that waits for whatever is not there yet, as gRPC programs choose to.
  private Exchange call(Metadata headers) {
    CallOptions options =
        CallOptions.DEFAULT
            .withWaitForReady()
            .withDeadlineAfter(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return Exchange.start(
            Objects.requireNonNull(program)
                .channel()
                .newCall(Kinds.method(MethodType.UNARY), options),
            headers)
        .send(HELLO, 1)
        .halfClose();
  }

  // ---- stopping

  /// Asks a part to stop; when this returns it has begun to.
  private CompletableFuture<Void> stop(Part part) throws Exception {
    Running asked = Objects.requireNonNull(running.remove(part));
    CompletableFuture<Void> stopped =
        CompletableFuture.runAsync(asked::stop, task -> Thread.ofVirtual().start(task));
    Until.holds(() -> part + " begins to stop", Until.PATIENCE, asked::isStopping);
    return stopped;
  }

  @AfterEach
  void close() {
    running.values().forEach(Running::kill);
    pair.close();
  }

  /// One part that runs.
  private interface Running {
    /// Lets calls finish, and returns when it is over.
    void stop();

    boolean isStopping();

    void kill();
  }

  private record OfServer(Backend backend) implements Running {
    @Override
    public void stop() {
      backend.drain();
    }

    @Override
    public boolean isStopping() {
      return backend.isDraining();
    }

    @Override
    public void kill() {
      backend.close();
    }
  }

  private record OfProgram(Program program) implements Running {
    @Override
    public void stop() {
      program.drain();
    }

    @Override
    public boolean isStopping() {
      return program.isDraining();
    }

    @Override
    public void kill() {
      program.close();
    }
  }

  private record OfProcess(ProxyProcess process) implements Running {
    @Override
    public void stop() {
      assertEquals(0, process.terminate(), process::log);
    }

    @Override
    public boolean isStopping() {
      return process.log().contains("draining");
    }

    @Override
    public void kill() {
      process.close();
    }
  }

  private static final class OfNode implements Running {
    private static final int HEALTH_MS = 5_000;

    private final Node node;
    private volatile boolean over;

    OfNode(Node node) {
      this.node = node;
    }

    @Override
    public void stop() {
      node.close();
      over = true;
    }

    /// Its health says so as soon as it takes no more work.
    @Override
    public boolean isStopping() {
      return over || !isReady();
    }

    private boolean isReady() {
      int port = Objects.requireNonNull(node.statusAddress()).getPort();
      try {
        URLConnection health =
            URI.create("http://127.0.0.1:" + port + "/health").toURL().openConnection();
        // A connection that is made just when the JDK's server stops may be left without an answer.
        health.setReadTimeout(HEALTH_MS);
        try (InputStream page = health.getInputStream()) {
          return page.read() >= 0;
        }
      } catch (IOException _) {
        return false;
      }
    }

    @Override
    public void kill() {
      node.drain(Duration.ZERO);
    }
  }
}
