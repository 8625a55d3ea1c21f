package dev.farcap.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A headless Chromium (Debian's package `chromium`), driven by its DevTools protocol.
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PATIENCE_S = 60;

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<JsonNode> events = new CopyOnWriteArrayList<>();

  static boolean isThere() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(bin -> Files.isExecutable(Path.of(bin, "chromium")));
  }

  /// @param folder for its profile and what it says
  static Browser open(Path folder) throws Exception {
    Path profile = Files.createDirectories(folder.resolve("chromium"));
    Path said = folder.resolve("chromium.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                "chromium",
                "--headless=new",
                // It sees pages of this test only, and its sandbox does not run as root.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("HOME", profile.toString());
    builder.environment().put("TMPDIR", profile.toString());
    Process process = builder.start();
    try {
      Path listens = profile.resolve("DevToolsActivePort");
      Await.until(
          () -> {
            if (!process.isAlive()) {
              throw new AssertionError("ended:\n" + Files.readString(said));
            }
            return Files.exists(listens) && Files.readAllLines(listens).size() == 2;
          },
          () -> Files.readString(said));
      List<String> address = Files.readAllLines(listens);
      return new Browser(
          process, URI.create("ws://127.0.0.1:" + address.getFirst() + address.getLast()));
    } catch (Exception | AssertionError e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private Browser(Process process, URI devTools) throws Exception {
    this.process = process;
    socket =
        http.newWebSocketBuilder()
            .buildAsync(devTools, new Listener())
            .get(PATIENCE_S, TimeUnit.SECONDS);
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      message.append(text);
      if (last) {
        hear(message.toString());
        message.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }

  private void hear(String message) {
    try {
      JsonNode heard = JSON.readTree(message);
      if (heard.has("id")) {
        Objects.requireNonNull(answers.remove(heard.get("id").asInt())).complete(heard);
      } else {
        events.add(heard);
      }
    } catch (IOException e) {
      throw new IllegalStateException(message, e);
    }
  }

  private JsonNode ask(String session, String method, Map<String, ?> parameters) throws Exception {
    int id = ids.incrementAndGet();
    ObjectNode question = JSON.createObjectNode().put("id", id).put("method", method);
    question.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      question.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    socket.sendText(question.toString(), true).get(PATIENCE_S, TimeUnit.SECONDS);
    JsonNode said = answer.get(PATIENCE_S, TimeUnit.SECONDS);
    if (said.has("error")) {
      throw new AssertionError(question + " failed: " + said);
    }
    return said.get("result");
  }

  /// Opens a page in a tab of its own.
  ///
  /// @param scripts whether its scripts run
  Tab open(String url, boolean scripts) throws Exception {
    JsonNode target = ask("", "Target.createTarget", Map.of("url", "about:blank"));
    JsonNode attached =
        ask(
            "",
            "Target.attachToTarget",
            Map.of("targetId", target.get("targetId").asText(), "flatten", true));
    Tab tab = new Tab(attached.get("sessionId").asText());
    for (String domain : List.of("Page", "Network", "Runtime", "Log")) {
      tab.ask(domain + ".enable", Map.of());
    }
    tab.ask("Emulation.setScriptExecutionDisabled", Map.of("value", !scripts));
    tab.ask("Page.navigate", Map.of("url", url));
    Await.until(() -> !tab.heard("Page.loadEventFired").isEmpty(), () -> url + " did not load");
    return tab;
  }

  /// One page.
  final class Tab {
    private final String session;

    private Tab(String session) {
      this.session = session;
    }

    JsonNode ask(String method, Map<String, ?> parameters) throws Exception {
      return Browser.this.ask(session, method, parameters);
    }

    /// Parameters of all events of a kind, in order.
    List<JsonNode> heard(String... methods) {
      return events.stream()
          .filter(event -> event.path("sessionId").asText().equals(session))
          .filter(event -> List.of(methods).contains(event.get("method").asText()))
          .toList();
    }

    /// The value of an expression within the page.
    JsonNode value(String expression) throws Exception {
      JsonNode result =
          ask("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
      if (result.has("exceptionDetails")) {
        throw new AssertionError(expression + ": " + result);
      }
      return result.at("/result/value");
    }

    /// What a reader sees.
    String text() throws Exception {
      return value("document.body.innerText").asText();
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
    process.destroy();
    process.onExit().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
  }
}
