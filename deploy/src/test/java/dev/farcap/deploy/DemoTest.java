package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.door.DoorAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `farcap demo` is what a newcomer sees first.
final class DemoTest {
  @Test
  void everyStepHoldsAndNothingIsLeft(@TempDir Path folder) throws Exception {
    Path shared = Files.createDirectories(folder.resolve("assets/deep"));
    Files.writeString(shared.resolve("picture"), "not really");
    // A user's own, with nothing in it that concerns the demo.
    Files.createDirectories(folder.resolve("host-a"));

    Command.Result result = new Command(folder).run("demo", "--once", "--rom", "assets");

    assertEquals(0, result.code(), result.toString());
    List<String> steps = result.out().lines().filter(line -> line.startsWith("  ✓ ")).toList();
    assertEquals(9, steps.size(), result.out());
    assertTrue(result.out().contains("'deep/picture', 10 bytes"), result.out());
    String made = result.out().lines().findFirst().orElse("").replaceFirst(".* in ", "");
    assertFalse(Files.exists(Path.of(made)), made + " is left behind");
    assertEquals(List.of(shared.resolve("picture")), filesOf(shared));
  }

  @ParameterizedTest
  @ValueSource(strings = {"quic", "shm"})
  void everyStepHoldsOverAnotherMediumToo(String medium, @TempDir Path folder) throws Exception {
    Command.Result result = new Command(folder).run("demo", "--once", "--transport", medium);

    assertEquals(0, result.code(), result.toString());
    assertTrue(result.out().contains("over " + medium), result.out());
    assertEquals(9, result.out().lines().filter(line -> line.startsWith("  ✓ ")).count());
  }

  @Test
  @Tag("netns")
  void everyStepHoldsOverRawEthernet(@TempDir Path folder) throws Exception {
    assumeTrue(DoorAddress.Unix.ownUid() == 0, "needs root");

    Command.Result result = new Command(folder).run("demo", "--once", "--transport", "nic");

    assertEquals(0, result.code(), result.toString());
    assertTrue(result.out().contains("over nic"), result.out());
  }

  private static List<Path> filesOf(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
