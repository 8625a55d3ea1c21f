package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;
import dev.farcap.capability.LabelPattern;
import dev.farcap.link.Link;
import dev.farcap.report.v1.ReportSession;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.SessionCaller;
import dev.farcap.stub.SessionTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a program's server keeps for its sessions goes with them, however they end and however it
/// is hosted. The interface is that of Report, because it is small.
abstract class SessionEndContract {
  private static final long PATIENCE_S = 30;

  /// At a time. The tests open more than that, one after the other.
  private static final int DESKS_MAX = 3;

  final SessionTable<Desk> desks = new SessionTable<>(DESKS_MAX, Desk::new);
  TwoHosts hosts;
  Node server;
  Node client;
  private Path serverFile;
  private final BlockingQueue<Label> closed = new LinkedBlockingQueue<>();

  @TempDir Path folder;

  /// What a session has at the server.
  final class Desk implements ReportSession, AutoCloseable {
    private final Label label;

    Desk(SessionCaller caller) {
      label = caller.label();
    }

    @Override
    public void submit(ByteString content) {}

    @Override
    public void close() {
      closed.add(label);
    }
  }

  /// The backend that serves [#desks], in YAML.
  abstract String backend();

  /// Starts host-b with that.
  abstract Node serve(Path file) throws Exception;

  @BeforeEach
  void start() throws Exception {
    hosts = new TwoHosts(folder);
    var _ = hosts.grant(ReportSession.SERVICE, new LabelPattern.Prefix(Label.of("app1", "hall")));
    serverFile =
        lostAtOnce(
            hosts.writeServer(
                "{desks: %s, roms: {rom: roms}}".formatted(backend()),
                "{Report: desks, ROM: roms}"));
    server = serve(serverFile);
    client =
        Node.client(
            lostAtOnce(
                hosts.writeClient(
                    server.addresses().getFirst(), ReportSession.SERVICE, "program: app1")));
  }

  /// A link without connection is over.
  private static Path lostAtOnce(Path file) throws Exception {
    return Files.writeString(file, "link: {resumeWindow: 0s}\n", StandardOpenOption.APPEND);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  final Session use(Label label) {
    Session session = client.open(ReportSession.SERVICE, label);
    ReportSession.client(session.channel()).submit(ByteString.EMPTY);
    return session;
  }

  final Session use(String resource) {
    return use(Label.of("hall", resource));
  }

  final void awaitClosed(String... labels) throws Exception {
    List<String> seen = new ArrayList<>();
    for (String _ : labels) {
      Label label = closed.poll(PATIENCE_S, TimeUnit.SECONDS);
      assertNotNull(label, () -> "closed are only " + seen);
      seen.add(label.toString());
    }
    assertEquals(List.of(labels), seen.stream().sorted().toList());
    assertEquals(0, desks.size());
  }

  @Test
  void closedSessionsMakeRoom() throws Exception {
    for (int i = 0; i < 10 * DESKS_MAX; i++) {
      Session session = use("s" + i);
      assertEquals(1, desks.size());

      session.close();

      awaitClosed("host-a -> app1 -> hall -> s" + i);
    }
  }

  @Test
  void lostLinkFreesAllOfItsSessions() throws Exception {
    use("one");
    use("other");
    Link link = client.endpoint().links().getFirst();

    client.loops().main().execute(() -> link.closeConnection("cut"));

    awaitClosed("host-a -> app1 -> hall -> one", "host-a -> app1 -> hall -> other");
  }

  @Test
  void sessionThatPolicyNoLongerServesIsFreed() throws Exception {
    use("one");
    String file = Files.readString(serverFile);

    Files.writeString(serverFile, file.replace("{Report: desks, ROM: roms}", "{ROM: roms}"));
    server.reload().join();

    awaitClosed("host-a -> app1 -> hall -> one");
  }
}
