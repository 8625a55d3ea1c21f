package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The status page as a browser shows it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
final class StatusPageTest {
  /// WCAG 2.2, 1.4.3, for text of any size.
  private static final double CONTRAST_MIN = 4.5;

  /// The worst contrast of all texts with what is behind them.
  private static final String CONTRAST =
      """
      (() => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
        const rgb = colour => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const luminance = ([r, g, b]) => [r, g, b]
          .map(c => c / 255)
          .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = e => {
          for (; e; e = e.parentElement) {
            const colour = rgb(getComputedStyle(e).backgroundColor);
            if (colour[3] === 255) return colour;
          }
          const probe = document.body.appendChild(document.createElement("i"));
          probe.style.backgroundColor = "Canvas";
          const colour = rgb(getComputedStyle(probe).backgroundColor);
          probe.remove();
          return colour;
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        let worst = 21;
        while (walker.nextNode()) {
          const e = walker.currentNode.parentElement;
          const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(behind(e))];
          worst = Math.min(worst, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
        }
        return worst;
      })()
      """;

  private Pair pair;
  private Browser browser;
  private String url;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    assumeTrue(Browser.isThere(), "chromium is not installed");
    pair = new Pair(folder);
    pair.prepare();
    Path client = folder.resolve("client.yaml");
    Files.writeString(client, Files.readString(client) + "    - {name: <i>odd, unix: odd.sock}\n");
    pair.start("server-proxy", "server", _ -> true);
    pair.writeDirectory(
        pair.status("server").at("/listeners/0/address").asText(),
        "[{anyService: true, to: [host-b]}]");
    pair.start("client-proxy", "client", status -> status.toString().contains("\"up\""));
    url =
        "http://127.0.0.1:%s/"
            .formatted(Files.readString(folder.resolve("client-state/status.port")).strip());
    browser = Browser.open(folder);
  }

  @AfterAll
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
    if (pair != null) {
      pair.close();
    }
  }

  // ---- what it shows

  @Test
  void pageIsWholeWithoutScripts() throws Exception {
    Browser.Tab tab = browser.open(url, false);

    String text = tab.text();

    for (String told :
        List.of(
            "farcap://lab/host-a",
            "Role\nclient-proxy",
            "Health\nready",
            "farcap://lab/host-b\tup",
            "tls",
            "<i>odd",
            "directory.yaml",
            "Reload to see what changes.")) {
      assertTrue(text.contains(told), () -> told + " is missing in:\n" + text);
    }
    assertQuiet(tab);
  }

  @Test
  void pageFollowsWhatChangesWithoutBeingLoadedAgain() throws Exception {
    Browser.Tab tab = browser.open(url, true);
    assertFalse(tab.text().contains("no grant for them here"), tab.text());
    tab.value("window.loadedOnce = true");

    assertEquals(
        ExitCode.REFUSED, pair.farcap.run("rom", "get", "config", "--socket", "app2.sock").code());

    Await.until(() -> tab.text().contains("no grant for them here\tany\t1"), tab::text);
    assertTrue(tab.text().contains("Follows what changes."), tab.text());
    assertTrue(tab.value("window.loadedOnce").asBoolean());
    assertQuiet(tab);
    assertTrue(atOnceMax(tab) <= 1, "asks again before it has its answer");
  }

  @Test
  void whatIsTheSameIsLeftAlone() throws Exception {
    Browser.Tab tab = browser.open(url, true);
    tab.value(
        """
        getSelection().selectAllChildren(document.querySelector("h1"));
        window.heading = document.querySelector("h1");
        """);
    String before = asOf(tab);

    Await.until(() -> !asOf(tab).equals(before), tab::text);

    assertTrue(tab.value("window.heading === document.querySelector('h1')").asBoolean());
    assertEquals("farcap://lab/host-a", tab.value("getSelection().toString()").asText());
  }

  @Test
  void pageSaysWhenNobodyAnswersAndGoesOnAfterwards() throws Exception {
    Browser.Tab tab = browser.open(url, true);

    connect(tab, false);
    Await.until(() -> tab.text().contains("No answer; the page shows what was."), tab::text);

    assertTrue(tab.text().contains("farcap://lab/host-b"), tab.text());
    connect(tab, true);
    Await.until(() -> tab.text().contains("Follows what changes."), tab::text);
  }

  private static void connect(Browser.Tab tab, boolean connected) throws Exception {
    tab.ask(
        "Network.emulateNetworkConditions",
        Map.of(
            "offline", !connected, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  private static String asOf(Browser.Tab tab) throws Exception {
    return tab.text().lines().dropWhile(line -> !line.equals("As of")).skip(1).findFirst().get();
  }

  // ---- whom it asks

  private void assertQuiet(Browser.Tab tab) {
    assertEquals(
        List.of(),
        tab.heard("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"));
    List<String> elsewhere =
        tab.heard("Network.requestWillBeSent").stream()
            .map(event -> event.at("/params/request/url").asText())
            .filter(asked -> !asked.startsWith(url) && !asked.equals("data:,"))
            .toList();
    assertEquals(List.of(), elsewhere);
  }

  /// How many requests for the page were under way at once, when the page itself was there.
  private static int atOnceMax(Browser.Tab tab) {
    Set<String> under = new HashSet<>();
    int most = 0;
    for (JsonNode event :
        tab.heard(
            "Network.requestWillBeSent", "Network.loadingFinished", "Network.loadingFailed")) {
      String id = event.at("/params/requestId").asText();
      if (event.get("method").asText().equals("Network.requestWillBeSent")) {
        if (event.at("/params/type").asText().equals("Fetch")) {
          under.add(id);
        }
      } else {
        under.remove(id);
      }
      most = Math.max(most, under.size());
    }
    return most;
  }

  // ---- who can read it

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void textContrastsWithWhatIsBehindIt(String scheme) throws Exception {
    Browser.Tab tab = browser.open(url, true);
    tab.ask(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));

    double contrast = tab.value(CONTRAST).asDouble();

    assertTrue(contrast >= CONTRAST_MIN, "contrast is " + contrast);
    assertEquals(
        scheme.equals("dark"),
        tab.value("matchMedia('(prefers-color-scheme: dark)').matches").asBoolean());
  }

  @Test
  void structureIsTold() throws Exception {
    Browser.Tab tab = browser.open(url, true);

    JsonNode tree = tab.ask("Accessibility.getFullAXTree", Map.of());

    List<String> roles = new ArrayList<>();
    tree.get("nodes")
        .forEach(
            node ->
                roles.add(node.at("/role/value").asText() + " " + node.at("/name/value").asText()));
    for (String told :
        List.of(
            "main ",
            "heading farcap://lab/host-a",
            "region Links",
            "heading Links",
            "columnheader Peer",
            "rowheader farcap://lab/host-b",
            "contentinfo ",
            "status ")) {
      assertTrue(roles.contains(told), () -> told + " is missing in " + roles);
    }
    assertEquals("en", tab.value("document.documentElement.lang").asText());
  }
}
