package dev.farcap.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// What an operator's tools read, on a loopback port: `/status` (JSON), `/health` (JSON, 200 or
/// 503), `/metrics` (Prometheus). Every user of this host can read it; it holds no secret.
///
/// The port is also written into the state folder, where `farcap status` finds it.
final class StatusServer implements AutoCloseable {
  /// Name of the file with the port, in the state folder.
  static final String PORT_FILE = "status.port";

  /// A loop that does not answer for so long is not alive.
  private static final long ALIVE_MS = 1_000;

  private static final int THREADS = 2;
  private static final int OK = 200;
  private static final int BAD_METHOD = 405;
  private static final int UNAVAILABLE = 503;
  private static final String JSON = "application/json";

  private final HttpServer http;
  private final ExecutorService threads;
  private final NodeMetrics metrics;
  private final Path portFile;

  private StatusServer(
      HttpServer http, ExecutorService threads, NodeMetrics metrics, Path portFile) {
    this.http = http;
    this.threads = threads;
    this.metrics = metrics;
    this.portFile = portFile;
  }

  /// Opens it.
  ///
  /// @param port 0 lets the system choose
  /// @throws IOException if the port cannot be bound
  static StatusServer open(int port, Node node) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer http;
    try {
      http = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException("status port " + port + ": " + e.getMessage(), e);
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(THREADS, new DefaultThreadFactory("farcap-status", true));
    NodeMetrics metrics = new NodeMetrics(node);
    http.setExecutor(threads);
    http.createContext("/metrics", reading(() -> new Page(OK, "text/plain", metrics.text())));
    http.createContext("/status", reading(() -> new Page(OK, JSON, NodeStatus.of(node).json())));
    http.createContext("/health", reading(() -> health(node)));
    http.start();
    Path portFile = node.config().state().resolve(PORT_FILE);
    Files.writeString(portFile, http.getAddress().getPort() + "\n");
    return new StatusServer(http, threads, metrics, portFile);
  }

  private record Page(int code, String type, String text) {}

  @FunctionalInterface
  private interface Source {
    Page page() throws IOException;
  }

  private static Page health(Node node) {
    boolean live = isAlive(node);
    boolean ready = live && node.isReady();
    String health = "{\"live\": %b, \"ready\": %b}\n".formatted(live, ready);
    return new Page(ready ? OK : UNAVAILABLE, JSON, health);
  }

  private static boolean isAlive(Node node) {
    return node.loops()
        .main()
        .submit(() -> {})
        .awaitUninterruptibly(ALIVE_MS, TimeUnit.MILLISECONDS);
  }

  private static com.sun.net.httpserver.HttpHandler reading(Source source) {
    return exchange -> {
      try (exchange) {
        boolean reads = exchange.getRequestMethod().equals("GET");
        answer(exchange, reads ? source.page() : new Page(BAD_METHOD, "text/plain", "GET only\n"));
      }
    };
  }

  private static void answer(HttpExchange exchange, Page page) throws IOException {
    byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", page.type() + "; charset=utf-8");
    exchange.sendResponseHeaders(page.code(), body.length);
    exchange.getResponseBody().write(body);
  }

  InetSocketAddress address() {
    return http.getAddress();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
    metrics.close();
    try {
      Files.deleteIfExists(portFile);
    } catch (IOException _) {
      // The next start replaces it.
    }
  }
}
