package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A pair of proxies as an operator runs them: everything by the command, every proxy a process.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PairTest {
  private static final String EVERYTHING_TO_B = "[{anyService: true, to: [host-b, host-c]}]";

  private Pair pair;
  private Command farcap;
  private String address;

  @BeforeAll
  void startPair(@TempDir Path folder) throws Exception {
    pair = new Pair(folder);
    farcap = pair.farcap;
    pair.prepare();
    pair.start("server-proxy", "server", _ -> true);
    address = pair.status("server").at("/listeners/0/address").asText();
    pair.writeDirectory(address, EVERYTHING_TO_B);
    assertEquals("client.yaml: good, a client-proxy\n", pair.good("check", "client.yaml").out());
    pair.start("client-proxy", "client", status -> linkTo(status, "host-b").equals("up"));
  }

  @AfterAll
  void stopPair() {
    pair.close();
  }

  private static String linkTo(JsonNode status, String host) {
    for (JsonNode link : status.at("/links")) {
      if (link.at("/peer").asText().equals("farcap://lab/" + host)) {
        return link.at("/state").asText();
      }
    }
    return "";
  }

  // ---- ROM

  @Test
  void romIsFetchedToStdout() throws Exception {
    Files.writeString(pair.folder.resolve("roms/greeting"), "good morning\n");

    Command.Result result = farcap.run("rom", "get", "greeting", "--socket", "app1.sock");

    assertEquals(new Command.Result(0, "good morning\n", ""), result);
  }

  @Test
  void romIsFetchedToFileWithItsFacts() throws Exception {
    Command.Result result =
        pair.good(
            "rom", "get", "config", "--socket", "app1.sock", "--to", "got", "--output", "json");

    assertEquals("one\n", Files.readString(pair.folder.resolve("got")));
    JsonNode facts = new ObjectMapper().readTree(result.out());
    assertEquals(4, facts.at("/length").asInt());
    assertEquals(
        "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806",
        facts.at("/sha256").asText());
  }

  @Test
  void defaultContentStandsInForModule() throws Exception {
    assertEquals("none yet", pair.good("rom", "get", "motd", "--socket", "app1.sock").out());
  }

  @Test
  void absentModuleIsSaidToBeAbsent() throws Exception {
    Command.Result result = farcap.run("rom", "get", "nothing", "--socket", "app1.sock");

    assertEquals(
        new Command.Result(ExitCode.FAILED, "", "farcap: there is no module 'nothing'\n"), result);
  }

  @Test
  void watchSeesChangeOnTheServersSide() throws Exception {
    Path module = pair.folder.resolve("roms/live");
    Files.writeString(module, "first");
    Path out = pair.folder.resolve("watch.out");
    Path err = pair.folder.resolve("watch.err");
    Process watch =
        farcap.start(out, err, "rom", "watch", "live", "--socket", "app1.sock", "--count", "2");
    Await.until(() -> Files.size(out) > 0, () -> Files.readString(err));

    Path fresh = pair.folder.resolve("roms/.fresh");
    Files.writeString(fresh, "second");
    Files.move(fresh, module, StandardCopyOption.ATOMIC_MOVE);

    assertTrue(watch.waitFor(30, TimeUnit.SECONDS), "the watch did not end");
    List<String> lines = Files.readAllLines(out);
    assertEquals(2, lines.size(), lines.toString());
    assertTrue(lines.get(0).contains(" 5 "), lines.get(0));
    assertTrue(lines.get(1).contains(" 6 "), lines.get(1));
  }

  // ---- LOG

  @Test
  void logLineStandsInFileUnderEffectiveLabel() throws Exception {
    pair.good("log", "write", "disk is full", "--label", "init", "--socket", "app1.sock");

    Await.until(
        () -> logged().contains("[host-a -> app1 -> init] INFO disk is full"), this::logged);
  }

  @Test
  void tailShowsWhatIsInTheLog() throws Exception {
    pair.good("log", "write", "to be seen", "--level", "error", "--socket", "app1.sock");
    Await.until(() -> logged().contains("to be seen"), this::logged);

    Path out = pair.folder.resolve("tail.out");
    Path err = pair.folder.resolve("tail.err");
    Process tail =
        farcap.start(
            out,
            err,
            "log",
            "tail",
            "--lines",
            "1000",
            "--socket",
            "app1.sock",
            "--output",
            "json");

    try {
      Await.until(
          () -> Files.readString(out).contains("\"text\":\"to be seen\""),
          () -> Files.readString(out) + Files.readString(err));
    } finally {
      tail.destroyForcibly();
    }
  }

  private String logged() throws IOException {
    Path file = pair.folder.resolve("app.log");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  // ---- Report

  @Test
  void reportIsReadAsRomByAnotherHostWhileItsWriterLives() throws Exception {
    pair.prepareOtherHost();
    pair.start("client-proxy", "other", status -> linkTo(status, "host-b").equals("up"));
    String[] read = {"rom", "get", "host-a/app1/state", "--socket", "reader.sock"};
    Path out = pair.folder.resolve("report.out");
    Path err = pair.folder.resolve("report.err");
    Process report =
        farcap.start(
            out, err, "report", "submit", "up", "--label", "state", "--socket", "app1.sock");

    try {
      Await.until(
          () -> farcap.run(read).out().equals("up"),
          () -> farcap.run(read) + Files.readString(err));
    } finally {
      report.destroy();
    }
    Await.until(() -> farcap.run(read).code() == ExitCode.FAILED, () -> farcap.run(read).out());
  }

  /// The second one while it waits for a line.
  @ParameterizedTest
  @ValueSource(strings = {"up", "--lines"})
  void reportEndsWithItsSession(String source) throws Exception {
    Path out = pair.folder.resolve("ended" + source + ".out");
    Path err = pair.folder.resolve("ended" + source + ".err");
    Process report =
        farcap.start(
            out,
            err,
            "report",
            "submit",
            source,
            "--label",
            "ended/state",
            "--socket",
            "app1.sock");
    try {
      report.outputWriter().append("up\n").flush();
      Await.until(
          () ->
              farcap
                  .run("rom", "get", "host-a/app1/ended/state", "--socket", "app1.sock")
                  .out()
                  .equals("up"),
          () -> Files.readString(err));

      pair.writeDirectory(address, "[{listener: app2, anyService: true, to: [host-b]}]");

      assertTrue(report.waitFor(30, TimeUnit.SECONDS), "the report did not end");
      assertEquals(ExitCode.UNAVAILABLE, report.exitValue(), Files.readString(err));
      assertEquals("farcap: unavailable: route has changed\n", Files.readString(err));
    } finally {
      report.destroyForcibly();
      pair.writeDirectory(address, EVERYTHING_TO_B);
      Await.until(
          () -> farcap.run("rom", "get", "config", "--socket", "app1.sock").code() == 0,
          () -> pair.log("client"));
    }
  }

  @Test
  void reportWithoutGrantIsRefused() throws Exception {
    Command.Result result =
        farcap.run("report", "submit", "up", "--label", "state", "--socket", "app2.sock");

    assertEquals(ExitCode.REFUSED, result.code(), result.toString());
  }

  // ---- refusals

  @Test
  void sessionWithoutGrantIsRefused() throws Exception {
    Command.Result result = farcap.run("rom", "get", "config", "--socket", "app2.sock");

    assertEquals(ExitCode.REFUSED, result.code());
    assertEquals(
        "farcap: refused: no grant for farcap.rom.v1.Rom at farcap://lab/host-b as"
            + " 'app2 -> config'\n",
        result.err());
    String audit = "decision=refused reason=NO_GRANT interface=farcap.rom.v1.Rom";
    assertTrue(pair.log("client").contains(audit + " label=\"app2 -> config\""));
  }

  @Test
  void acceptedSessionIsAuditedOnBothSides() throws Exception {
    pair.good("rom", "get", "config", "--socket", "app1.sock");

    assertTrue(pair.log("client").contains("decision=opening session="), pair.log("client"));
    assertTrue(pair.log("server").contains("decision=accepted"), pair.log("server"));
  }

  @Test
  void newGrantIsTakenOverWhileTheProxyRuns() throws Exception {
    int grants = pair.status("client").at("/grants").size();

    pair.grant("app2", "LOG");

    Await.until(
        () -> pair.status("client").at("/grants").size() == grants + 1, () -> pair.log("client"));
    pair.good("log", "write", "granted", "--socket", "app2.sock");
    Await.until(() -> logged().contains("[host-a -> app2] INFO granted"), this::logged);
  }

  @Test
  void socketWhereNobodyListensIsUnavailable() throws Exception {
    Command.Result result = farcap.run("rom", "get", "config", "--socket", "none.sock");

    assertEquals(
        new Command.Result(
            ExitCode.UNAVAILABLE,
            "",
            "farcap: nobody listens at none.sock: is the client-proxy running?\n"),
        result);
  }

  @Test
  void changedRouteClosesSessions() throws Exception {
    Path out = pair.folder.resolve("reroute.out");
    Path err = pair.folder.resolve("reroute.err");
    Process watch = farcap.start(out, err, "rom", "watch", "config", "--socket", "app1.sock");
    try {
      Await.until(() -> Files.size(out) > 0, () -> Files.readString(err));

      pair.writeDirectory(address, "[{listener: app2, anyService: true, to: [host-b]}]");

      assertTrue(watch.waitFor(30, TimeUnit.SECONDS), "the watch did not end");
      assertEquals(ExitCode.REFUSED, watch.exitValue(), Files.readString(err));
      assertTrue(pair.log("client").contains("decision=rerouted session="), pair.log("client"));
    } finally {
      watch.destroyForcibly();
      pair.writeDirectory(address, EVERYTHING_TO_B);
      Await.until(
          () -> farcap.run("rom", "get", "config", "--socket", "app1.sock").code() == 0,
          () -> pair.log("client"));
    }
  }

  @Test
  void peerThatIsNotTheRoutesTargetIsRefused() throws Exception {
    Await.until(
        () -> pair.status("client").toString().contains("expected farcap://lab/host-c, but the"),
        () -> pair.status("client").toPrettyString());
  }

  // ---- status

  @Test
  void statusIsShownForPeopleAndPrograms() throws Exception {
    String text = pair.good("status", "server.yaml").out();
    JsonNode json =
        new ObjectMapper().readTree(pair.good("status", "client.yaml", "--output", "json").out());

    assertTrue(text.startsWith("farcap://lab/host-b, server-proxy, ready\n"), text);
    assertEquals("client-proxy", json.at("/role").asText());
    assertEquals("app1", json.at("/listeners/0/name").asText());
  }

  @Test
  void statusIsShownWhileTheDirectoryIsBroken() throws Exception {
    Path directory = pair.folder.resolve("directory.yaml");
    Files.writeString(directory, "providers: [");
    try {
      assertEquals(ExitCode.FAILED, farcap.run("check", "client.yaml").code());

      assertTrue(pair.good("status", "client.yaml").out().startsWith("farcap://lab/host-a"));
    } finally {
      pair.writeDirectory(address, EVERYTHING_TO_B);
    }
  }

  @Test
  void healthAndMetricsAreServed() throws Exception {
    assertTrue(pair.page("client", "/health").contains("\"ready\": true"));
    String metrics = pair.page("client", "/metrics");
    for (String name :
        List.of(
            "farcap_links{state=\"up\"} 1.0",
            "farcap_buffered_bytes ",
            "farcap_link_resumes_total ",
            "farcap_sessions{side=\"opened\"}",
            "farcap_refusals_total{reason=\"grant\"}",
            "farcap_door_connections{listener=\"app1\"}")) {
      assertTrue(metrics.contains(name), () -> name + " is missing in:\n" + metrics);
    }
    assertTrue(pair.page("server", "/metrics").contains("farcap_rom_versions_total"));
  }
}
