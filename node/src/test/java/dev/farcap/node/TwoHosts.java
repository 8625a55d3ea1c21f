package dev.farcap.node;

import dev.farcap.ca.GrantOrder;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.LabelPattern;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// The files of two hosts of one realm: `host-a` opens ROM sessions, `host-b` serves them.
final class TwoHosts {
  final Path folder;
  private final RealmFolder realm;
  private int grants;

  TwoHosts(Path folder) throws Exception {
    this.folder = folder;
    realm = RealmFolder.init("lab", folder.resolve("ca"), InstantSource.system());
    realm.issue("host-a", folder.resolve("host-a"), RealmFolder.DEFAULT_LIFE);
    realm.issue("host-b", folder.resolve("host-b"), RealmFolder.DEFAULT_LIFE);
    Files.createDirectories(folder.resolve("grants"));
    Files.createDirectories(folder.resolve("roms"));
    Files.writeString(folder.resolve("roms/config"), "one");
    Files.writeString(folder.resolve("roms/other"), "two");
  }

  /// Replaces a host's certificate by a later one for the same keys.
  void renew(String host, Instant expires) throws Exception {
    Renewal.renew(folder.resolve("ca"), folder.resolve(host), expires);
  }

  /// Grants ROM at `host-b` to all labels.
  Path grant(Duration life) throws Exception {
    return grant(rom(LabelPattern.ANY).withLife(life));
  }

  /// Grants ROM at `host-b` to one label.
  Path grant(Label label) throws Exception {
    return grant(rom(new LabelPattern.Exact(label)));
  }

  private GrantOrder rom(LabelPattern label) throws Exception {
    return order(ServiceAlias.ROM.service(), label);
  }

  /// Grants a service at `host-b`.
  Path grant(String service, LabelPattern label) throws Exception {
    return grant(order(service, label));
  }

  /// Grants a service at `host-b` for a while.
  Path grant(String service, Label label, Duration life) throws Exception {
    return grant(order(service, new LabelPattern.Exact(label)).withLife(life));
  }

  private GrantOrder order(String service, LabelPattern label) throws Exception {
    return GrantOrder.of("host-a", service, realm.servers("host-b"), label);
  }

  private Path grant(GrantOrder order) throws Exception {
    Path file = folder.resolve("grants/" + ++grants + ".grant");
    realm.grant(order, file);
    return file;
  }

  /// @param backends in YAML
  /// @param exports in YAML
  Path writeServer(String backends, String exports) throws Exception {
    return writeServer(backends, exports, "");
  }

  /// @param local listener for programs behind it, in YAML
  Path writeServer(String backends, String exports, String local) throws Exception {
    return Files.writeString(
        folder.resolve("server.yaml"),
        """
        identity: host-b
        trustBundle: %s
        state: server-state
        server:
          listen: ["tls://127.0.0.1:0"]
          backends: %s
          exports: %s
        %s
        """
            .formatted(
                realm.bundle().sha256(),
                backends,
                exports,
                local.isEmpty() ? "" : "  local: " + local));
  }

  String trustBundle() {
    return realm.bundle().sha256();
  }

  /// @param policies of ROM, in YAML
  Path writeServer(String policies) throws Exception {
    return writeServer("{roms: {rom: roms}}", "{ROM: {policies: %s}}".formatted(policies));
  }

  Path writeClient(String address) throws Exception {
    return writeClient(address, "ROM, acme.Greeter, acme.Clock, acme.Admin");
  }

  /// @param services of `host-b`
  Path writeClient(String address, String services) throws Exception {
    return writeClient(address, services, "listeners: [{name: app1, unix: app1.sock}]");
  }

  /// @param opens who opens sessions, in YAML
  Path writeClient(String address, String services, String opens) throws Exception {
    Files.writeString(
        folder.resolve("directory.yaml"),
        """
        providers:
          host-b: {identity: farcap://lab/host-b, services: [%s], addresses: ["%s"]}
        routes: [{anyService: true, to: [host-b]}]
        """
            .formatted(services, address));
    return Files.writeString(
        folder.resolve("client.yaml"),
        """
        identity: host-a
        trustBundle: %s
        state: client-state
        client:
          directory: directory.yaml
          grants: grants
          %s
        """
            .formatted(realm.bundle().sha256(), opens));
  }

  Path socket() {
    return folder.resolve("app1.sock");
  }
}
