package dev.farcap.routing.file;

import dev.farcap.routing.Directory;
import dev.farcap.routing.DirectoryContract;
import dev.farcap.routing.Provider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

final class FileDirectoryContractTest extends DirectoryContract {
  private final ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(1);
  @TempDir private Path folder;

  @AfterEach
  void stop() {
    scheduler.shutdownNow();
  }

  @Override
  protected Directory open() {
    return FileDirectory.open(file(), Provider::checkAddress, scheduler, InstantSource.system());
  }

  private Path file() {
    return folder.resolve("directory.yaml");
  }

  @Override
  protected void write(String text) throws IOException {
    Path fresh = Files.writeString(folder.resolve("fresh"), text);
    Files.move(fresh, file(), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  protected void remove() throws IOException {
    Files.delete(file());
  }
}
