package dev.farcap.proof;

import dev.farcap.ca.CaException;
import dev.farcap.ca.GrantOrder;
import dev.farcap.ca.Issued;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.ServerPattern;
import dev.farcap.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.stream.Stream;

/// The realm `lab` in a folder, and what its hosts are given.
final class LabRealm {
  static final Identity HOST_A = Identity.parse("farcap://lab/host-a");
  static final Identity HOST_B = Identity.parse("farcap://lab/host-b");

  private final Path folder;
  private final RealmFolder realm;

  private LabRealm(Path folder, RealmFolder realm) {
    this.folder = folder;
    this.realm = realm;
  }

  static LabRealm make(Path folder) throws CaException {
    return new LabRealm(
        folder, RealmFolder.init("lab", folder.resolve("realm"), InstantSource.system()));
  }

  /// Credentials in a folder of the host's name.
  Issued issue(String host) throws CaException {
    return realm.issue(host, folder.resolve(host), RealmFolder.DEFAULT_LIFE);
  }

  /// Another realm that calls itself `lab` and knows the same hosts.
  LabRealm impostor() throws CaException, IOException {
    LabRealm other = make(Files.createDirectory(folder.resolve("impostor")));
    Path holders = folder.resolve("realm/holders");
    Path copies = Files.createDirectory(other.folder.resolve("realm/holders"));
    try (Stream<Path> files = Files.list(holders)) {
      for (Path file : files.toList()) {
        Files.copy(file, copies.resolve(file.getFileName()));
      }
    }
    return other;
  }

  /// Permits `host-a` a service at a server under every label.
  void grant(String service, String server, Path out, Duration life) throws CaException {
    grant(
        GrantOrder.of("host-a", service, realm.servers(server), LabelPattern.ANY).withLife(life),
        out);
  }

  void grant(GrantOrder order, Path out) throws CaException {
    realm.grant(order, out);
  }

  ServerPattern servers(String pattern) throws CaException {
    return realm.servers(pattern);
  }
}
