package dev.farcap.node;

import dev.farcap.capability.LabelPattern;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.stubs.lamp.LampSession;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Typed sessions between two programs that are nodes themselves, without any proxy.
final class TypedLibraryTest extends TypedSessionContract {
  private Node server;
  private Node client;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    TwoHosts hosts = new TwoHosts(folder);
    var _ = hosts.grant(LampSession.SERVICE, new LabelPattern.Exact(Label.of("app1", "hall")));
    server =
        Node.server(
            hosts.writeServer(
                "{lamps: {hosted: supported.lamp.Lamp}}", "{supported.lamp.Lamp: lamps}"),
            Map.of("lamps", signals -> LampSession.server(lamp, signals)));
    client =
        Node.client(
            hosts.writeClient(
                server.addresses().getFirst(), "supported.lamp.Lamp", "program: app1"));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  /// The session ends with the node.
  @Override
  LampSession.Client hall() {
    Session session = client.open(LampSession.SERVICE, Label.of("hall"));
    return LampSession.client(session.channel(), client.signals(), session.request().label());
  }
}
