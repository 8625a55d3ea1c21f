package dev.farcap.deploy;

import java.nio.file.Files;
import java.nio.file.Path;

/// A pair with a [Desk] behind it. Of its two services `acme.Vault` is granted to nobody, and
/// `acme.Desk` at `app1.sock` under every label, at `app2.sock` under `tower` only.
final class DeskPair implements AutoCloseable {
  final Pair pair;
  final Desk desk;

  private DeskPair(Pair pair, Desk desk) {
    this.pair = pair;
    this.desk = desk;
  }

  /// @param folder of its files; the sockets are there
  static DeskPair start(Path folder) throws Exception {
    DeskPair made = new DeskPair(new Pair(folder), new Desk());
    try {
      made.start();
      return made;
    } catch (Exception | AssertionError e) {
      made.close();
      throw e;
    }
  }

  private void start() throws Exception {
    pair.prepare();
    pair.grant("app1", "acme.Desk");
    pair.grant("app2 -> tower", "acme.Desk");
    Path server = pair.folder.resolve("server.yaml");
    Files.writeString(
        server,
        Files.readString(server)
            .replace(
                "    log: {log: app.log}\n",
                "    log: {log: app.log}\n    desk: {grpc: {tcp: \"127.0.0.1:%d\"}}\n"
                    .formatted(desk.port()))
            .replace("  exports:\n", "  exports:\n    acme.Desk: desk\n    acme.Vault: desk\n"));
    Path client = pair.folder.resolve("client.yaml");
    Files.writeString(
        client,
        Files.readString(client)
            + "    - {name: others, unix: others.sock, allowedUids: [4242]}\n");
    pair.start("server-proxy", "server", _ -> true);
    Files.writeString(
        pair.folder.resolve("directory.yaml"),
        """
        providers:
          host-b: {identity: farcap://lab/host-b, services: [ROM, LOG, acme.Desk, acme.Vault], addresses: ["%s"]}
        routes: [{anyService: true, to: [host-b]}]
        """
            .formatted(pair.status("server").at("/listeners/0/address").asText()));
    pair.start(
        "client-proxy", "client", status -> status.at("/links/0/state").asText().equals("up"));
  }

  @Override
  public void close() {
    pair.close();
    desk.close();
  }
}
