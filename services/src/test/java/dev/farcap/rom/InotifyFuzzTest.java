package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever an inotify descriptor gives, each event within it is taken once, nothing beyond it is,
/// and the catalog copies only what is a module and in use.
///
/// `.ci/fuzz` searches for buffers that break this; here is read what it has found.
@Timeout(60)
public final class InotifyFuzzTest {
  private static final int HEAD_BYTES = 16;
  private static final int BEYOND = 0x5A;
  private static final List<String> IN_USE = List.of("a", "b/c", "größe");

  private static final List<RomCatalog.Touch> TOUCHES =
      List.of(RomCatalog.Touch.WRITING, RomCatalog.Touch.WRITTEN, RomCatalog.Touch.REPLACED);

  private final List<RomEffect> effects = new ArrayList<>();
  private long number;

  static File[] found() {
    return new File("src/test/fuzz/InotifyFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    new InotifyFuzzTest().play(bytes);
  }

  private void play(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes.length + 64).order(ByteOrder.nativeOrder());
    buffer.put(bytes);
    while (buffer.hasRemaining()) {
      buffer.put((byte) BEYOND);
    }
    RomCatalog catalog = catalog();
    int[] taken = {0};
    InotifyEvents.read(
        buffer,
        bytes.length,
        (_, mask, name) -> {
          taken[0]++;
          assertEquals(-1, name.indexOf('\0'));
          tell(catalog, mask, name);
        });
    assertTrue(taken[0] <= bytes.length / HEAD_BYTES + 1, "more events than room for them");
    assertFalse(bytes.length > 0 && taken[0] == 0, "something came and nothing was taken");
  }

  private RomCatalog catalog() {
    RomConfig config =
        new RomConfig(Path.of("/root"), Path.of("/state"), Map.of(), 9, 9, 9, 1_000, 1_000);
    RomCatalog catalog =
        new RomCatalog(config, () -> ++number, Map.of(), new RomCounters(), effects::add);
    for (int i = 0; i < IN_USE.size(); i++) {
      catalog.watch(i, IN_USE.get(i), 0);
    }
    takeEffects();
    return catalog;
  }

  private void tell(RomCatalog catalog, int mask, String name) {
    if ((mask & 1) == 0) {
      catalog.touched(name, TOUCHES.get((mask >>> 1 & 7) % 3));
    } else {
      catalog.touchedBelow(name);
    }
    takeEffects();
  }

  private void takeEffects() {
    for (RomEffect effect : effects) {
      if (effect instanceof RomEffect.Copy(String module, long _)) {
        assertTrue(IN_USE.contains(module), module);
      }
    }
    effects.clear();
  }
}
