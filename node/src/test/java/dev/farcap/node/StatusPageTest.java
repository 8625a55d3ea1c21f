package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.node.NodeStatus.BundleStatus;
import dev.farcap.node.NodeStatus.DirectoryStatus;
import dev.farcap.node.NodeStatus.GrantStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.ListenerStatus;
import dev.farcap.node.NodeStatus.RefusalStatus;
import dev.farcap.node.NodeStatus.RegistrationStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the page makes of a status.
final class StatusPageTest {
  private static final String HOSTILE = "\"><script>alert('&')</script>";
  private static final String HARMLESS =
      "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;";

  private static String page(NodeStatus status) {
    return StatusPage.of(status, Instant.EPOCH);
  }

  private static NodeStatus status(String any, List<RefusalStatus> refusals) {
    return new NodeStatus(
        any,
        any,
        any,
        true,
        any,
        new BundleStatus(1, any),
        List.of(new ListenerStatus(any, any, 1, 2, 3)),
        List.of(new LinkStatus(any, any, 90_000, any, 1234, null, 1, 2, 3, any)),
        1,
        2,
        refusals,
        new DirectoryStatus(any, 1, 7_200_000, 3, any),
        new RegistrationStatus(List.of(any), any),
        List.of(new GrantStatus(any, any, any, any, any)),
        List.of(any));
  }

  @Test
  void whatIsNotOursStaysText() {
    String page = page(status(HOSTILE, List.of(new RefusalStatus(HOSTILE, HOSTILE, 1))));

    assertTrue(page.contains("<td>" + HARMLESS + "</td>"), page);
    assertFalse(page.replace(HARMLESS, "").contains("alert"), page);
  }

  @Test
  void elementIsNeverNamedByWhatIsNotOurs() {
    assertThrows(IllegalArgumentException.class, () -> Html.element(HOSTILE));
    assertThrows(
        IllegalArgumentException.class, () -> Html.element("p", Map.of("x onload", "alert(1)")));
  }

  @Test
  void onlyWhatWasRefusedIsTold() {
    String page =
        page(
            status(
                "x",
                List.of(
                    new RefusalStatus(null, "grant", 7), new RefusalStatus("app1", "user", 0))));

    assertTrue(page.contains("no grant for them here"), page);
    assertFalse(page.contains("this user may not"), page);
  }

  @Test
  void timesAreForPeople() {
    String page = page(status("x", List.of()));

    assertTrue(page.contains("<td>1 min</td>"), page);
    assertTrue(page.contains("<dd>2 h ago</dd>"), page);
  }
}
