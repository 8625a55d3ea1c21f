package dev.farcap.rom;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.Map;

/// What a ROM server shares and how much it bears.
///
/// @param root folder whose files are the modules
/// @param state folder of the server's own, outside the root: version numbers, and private copies
///   of the modules in use that are not small; one server at a time
/// @param defaults content of modules that have no file, by name
/// @param modulesMax modules in use at once; those that nobody reads or watches make room
/// @param foldersMax folders below the root that are watched
/// @param watchersMax open Watch and Read calls, and registered signals, each
/// @param fileBytesMax a larger file is not served
/// @param replacedBytesMax space for replaced versions that are still being read
public record RomConfig(
    Path root,
    Path state,
    Map<String, ByteString> defaults,
    int modulesMax,
    int foldersMax,
    int watchersMax,
    long fileBytesMax,
    long replacedBytesMax) {

  /// Bound of a default content: it is held in memory.
  public static final int DEFAULT_BYTES_MAX = 64 * 1024;

  /// @throws IllegalArgumentException naming every value that is out of range
  public RomConfig {
    defaults = Map.copyOf(defaults);
    if (modulesMax < 1 || foldersMax < 1 || watchersMax < 1) {
      throw new IllegalArgumentException(
          "modulesMax %d, foldersMax %d, watchersMax %d: each must be at least 1"
              .formatted(modulesMax, foldersMax, watchersMax));
    }
    if (fileBytesMax < 1 || replacedBytesMax < 0) {
      throw new IllegalArgumentException(
          "fileBytesMax %d must be at least 1, replacedBytesMax %d at least 0"
              .formatted(fileBytesMax, replacedBytesMax));
    }
    if (state.toAbsolutePath().normalize().startsWith(root.toAbsolutePath().normalize())) {
      throw new IllegalArgumentException(
          "state folder " + state + " is inside the root " + root + ": it would be served");
    }
    defaults.forEach(RomConfig::checkDefault);
  }

  private static void checkDefault(String module, ByteString content) {
    ModuleName.check(module);
    if (content.size() > DEFAULT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "default of '%s' is %d bytes, limit %d"
              .formatted(module, content.size(), DEFAULT_BYTES_MAX));
    }
  }

  /// Usual bounds: 1024 modules (one label each), 256 folders, 1024 watchers (a few for each module
  /// of a busy site), files up to 16 GiB, 4 GiB of replaced versions (four large modules).
  public static RomConfig of(Path root, Path state) {
    return new RomConfig(root, state, Map.of(), 1024, 256, 1024, 16L << 30, 4L << 30);
  }

  /// The same with default content.
  public RomConfig withDefaults(Map<String, ByteString> contents) {
    return new RomConfig(
        root, state, contents, modulesMax, foldersMax, watchersMax, fileBytesMax, replacedBytesMax);
  }
}
