package dev.farcap.node;

import dev.farcap.report.v1.ReportSession;
import dev.farcap.session.Label;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The server is a part of the program that is the node, which is told without asking for it.
final class HostedSessionEndTest extends SessionEndContract {
  private static final Duration SHORT = Duration.ofSeconds(8);

  @Override
  String backend() {
    return "{hosted: farcap.report.v1.Report}";
  }

  @Override
  Node serve(Path file) throws Exception {
    return Node.server(file, Map.of("desks", _ -> ReportSession.serverPerSession(desks)));
  }

  @Test
  void sessionThatItsGrantDoesNotOutliveIsFreed() throws Exception {
    var _ = hosts.grant(ReportSession.SERVICE, Label.of("app1", "brief"), SHORT);
    Objects.requireNonNull(client.client()).reloadGrants();

    use(Label.of("brief"));

    awaitClosed("host-a -> app1 -> brief");
  }

  @Test
  void nodeThatEndsFreesWhatItServed() throws Exception {
    use("one");

    server.close();

    awaitClosed("host-a -> app1 -> hall -> one");
  }
}
