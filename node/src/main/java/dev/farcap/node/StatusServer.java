package dev.farcap.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// What an operator's browser and tools read, on a loopback port: `/` (a page for people),
/// `/status` (JSON), `/health` (JSON, 200 or 503), `/metrics` (Prometheus). Every user of this host
/// can read it; it holds no secret, and nothing can be changed by it.
///
/// Pages of other sites cannot read it: it answers under loopback names only, so that no name of
/// theirs can be made to lead here (DNS rebinding), and nothing here may be a part of theirs.
///
/// The port is also written into the state folder, where `farcap status` finds it.
final class StatusServer implements AutoCloseable {
  /// Name of the file with the port, in the state folder.
  static final String PORT_FILE = "status.port";

  /// A loop that does not answer for so long is not alive.
  private static final long ALIVE_MS = 1_000;

  private static final Pattern LOOPBACK =
      Pattern.compile("(?i)(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int BAD_METHOD = 405;
  private static final int UNAVAILABLE = 503;
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain";

  /// The page's own style and script, and nothing else. The icon is an empty one.
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
              + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cache-Control",
          "no-store",
          "Allow",
          "GET");

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
    // One each: who does not end a request holds nobody else up.
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("farcap-status-", 0).factory());
    NodeMetrics metrics = new NodeMetrics(node);
    http.setExecutor(threads);
    Map<String, Source> pages =
        Map.of(
            "/",
            () -> new Page(OK, "text/html", html(node)),
            "/status.css",
            () -> new Page(OK, "text/css", resource("status.css")),
            "/status.js",
            () -> new Page(OK, "text/javascript", resource("status.js")),
            "/status",
            () -> new Page(OK, JSON, NodeStatus.of(node).json()),
            "/health",
            () -> health(node),
            "/metrics",
            () -> new Page(OK, TEXT, metrics.text()));
    http.createContext("/", exchange -> answer(exchange, pages));
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

  private static String html(Node node) {
    return StatusPage.of(NodeStatus.of(node), node.clock().instant());
  }

  private static String resource(String name) throws IOException {
    try (InputStream file =
        Objects.requireNonNull(StatusServer.class.getResourceAsStream(name), name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void answer(HttpExchange exchange, Map<String, Source> pages) throws IOException {
    try (exchange) {
      Page page = page(exchange, pages);
      byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
      HEADERS.forEach(exchange.getResponseHeaders()::set);
      exchange.getResponseHeaders().set("Content-Type", page.type() + "; charset=utf-8");
      exchange.sendResponseHeaders(page.code(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static Page page(HttpExchange exchange, Map<String, Source> pages) throws IOException {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (host == null || !LOOPBACK.matcher(host).matches()) {
      return new Page(FORBIDDEN, TEXT, "ask for localhost, 127.0.0.1 or [::1]\n");
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      return new Page(BAD_METHOD, TEXT, "GET only\n");
    }
    Source source = pages.get(String.valueOf(exchange.getRequestURI().getPath()));
    return source == null
        ? new Page(NOT_FOUND, TEXT, "there are " + new TreeSet<>(pages.keySet()) + "\n")
        : source.page();
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
