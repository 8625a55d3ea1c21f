package dev.farcap.routing.consul;

import static dev.farcap.routing.DirectoryContract.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.routing.Directory;
import dev.farcap.testkit.ConsulServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three servers that are one Consul.
final class ConsulClusterTest {
  @TempDir private Path folder;
  @TempDir private Path state;

  @Test
  void aConsulThatLosesItsLeaderGoesOnAndSoDoTheRoutes() throws Exception {
    ConsulHouse.assumePossible();
    List<ConsulServer> servers = ConsulServer.cluster(folder, 3);
    try {
      ConsulServer leader =
          servers.stream().filter(ConsulServer::isLeader).findFirst().orElseThrow();
      ConsulServer follower =
          servers.stream().filter(server -> server != leader).findFirst().orElseThrow();
      ConsulHouse house = new ConsulHouse(follower, state);
      house.write(house.text("host-b"));
      try (Directory directory = house.open()) {
        leader.kill();
        await("another leader", () -> written(house));

        await("news", () -> directory.snapshot().providers().size() == 2);
        await("no trouble", () -> directory.freshness().trouble() == null);
        assertEquals(0, directory.refused());
      }
    } finally {
      servers.forEach(ConsulServer::close);
    }
  }

  private static boolean written(ConsulHouse house) {
    try {
      house.write(house.text("host-b", "host-c"));
      return true;
    } catch (IOException _) {
      // Nobody leads yet.
      return false;
    }
  }
}
