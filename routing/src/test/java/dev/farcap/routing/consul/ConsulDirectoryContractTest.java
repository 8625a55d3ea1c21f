package dev.farcap.routing.consul;

import dev.farcap.routing.Directory;
import dev.farcap.routing.DirectoryContract;
import dev.farcap.testkit.ConsulServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class ConsulDirectoryContractTest extends DirectoryContract {
  @TempDir private static Path folder;
  private static ConsulServer consul;

  @TempDir private Path state;
  private ConsulHouse house;

  @BeforeAll
  static void start() throws IOException {
    consul = ConsulHouse.start(folder);
  }

  @AfterAll
  static void stop() {
    if (consul != null) {
      consul.close();
    }
  }

  @BeforeEach
  void aRealmOfItsOwn() {
    house = new ConsulHouse(consul, state);
  }

  @Override
  protected Directory open() throws IOException {
    return house.open();
  }

  @Override
  protected void write(String text) throws IOException {
    house.write(text);
  }

  @Override
  protected void remove() throws IOException {
    house.remove();
  }
}
