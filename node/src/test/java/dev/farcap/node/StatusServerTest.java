package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may read the status port, and how it answers.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StatusServerTest {
  private static final int PATIENCE_MS = 30_000;

  private RomPair pair;
  private InetSocketAddress address;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    pair = new RomPair(folder);
    Path file = pair.hosts.writeClient("tls://127.0.0.1:1");
    Files.writeString(file, "status: 0\n", StandardOpenOption.APPEND);
    pair.startClient(file);
    address = Objects.requireNonNull(pair.client().statusAddress());
  }

  @AfterAll
  void stop() throws Exception {
    pair.close();
  }

  /// @param lines of the head
  private String ask(String... lines) throws IOException {
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.setSoTimeout(PATIENCE_MS);
      String head = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int code(String answer) {
    return Integer.parseInt(answer.split(" ", 3)[1]);
  }

  // ---- under which name

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "127.0.0.1:9464", "localhost", "LocalHost:80", "[::1]", "[::1]:9464"})
  void answersUnderNamesOfThisHost(String host) throws Exception {
    assertEquals(200, code(ask("GET /status HTTP/1.1", "Host: " + host)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9464",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#localhost",
        "user@localhost",
        "127x0x0x1",
        "localhost:",
        ""
      })
  void refusesOtherNamesWhateverIsAsked(String host) throws Exception {
    for (String path : List.of("/", "/status", "/health", "/metrics", "/status.js")) {
      assertEquals(403, code(ask("GET " + path + " HTTP/1.1", "Host: " + host)));
    }
  }

  @Test
  void refusesWhoNamesNone() throws Exception {
    assertEquals(403, code(ask("GET /status HTTP/1.0")));
  }

  // ---- what

  @ParameterizedTest
  @ValueSource(strings = {"/", "/status", "/health", "/metrics", "/status.js", "/status.css"})
  void everyAnswerIsNoPartOfOtherPages(String path) throws Exception {
    String answer = ask("GET " + path + " HTTP/1.1", "Host: localhost");

    assertEquals(200, code(answer), answer);
    for (String header :
        List.of(
            "Content-security-policy: default-src 'none'; style-src 'self'; script-src 'self';",
            "frame-ancestors 'none'",
            "Cross-origin-resource-policy: same-origin",
            "X-content-type-options: nosniff",
            "Referrer-policy: no-referrer",
            "Cache-control: no-store",
            "charset=utf-8")) {
      assertTrue(answer.contains(header), () -> header + " is missing in:\n" + answer);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/statuses", "/status/", "/../status", "/status.html", "/favicon.ico"})
  void thereIsNothingElse(String path) throws Exception {
    assertEquals(404, code(ask("GET " + path + " HTTP/1.1", "Host: localhost")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void nothingCanBeChanged(String method) throws Exception {
    String answer = ask(method + " / HTTP/1.1", "Host: localhost");

    assertEquals(405, code(answer));
    assertTrue(answer.contains("Allow: GET"), answer);
  }

  @Test
  void whoDoesNotEndARequestHoldsNobodyUp() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        slow.add(socket);
        socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.UTF_8));
      }

      assertEquals(200, code(ask("GET /health HTTP/1.1", "Host: localhost")));
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }
}
