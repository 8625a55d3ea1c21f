package dev.farcap.ca;

import dev.farcap.capability.VerifyingKey;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Who was issued what: one small file per holder key, named by its id; two lines, identity and
/// public key. A certificate names only the id, a grant needs the key.
final class HolderRegister {
  private static final int FILE_BYTES_MAX = 1 << 10;

  private final Path folder;

  HolderRegister(Path folder) {
    this.folder = folder;
  }

  /// A line of the register.
  record Entry(Identity identity, VerifyingKey key) {}

  void add(Entry entry) throws CaException {
    SafeFiles.makeFolder(folder);
    String text = entry.identity() + "\n" + HexFormat.of().formatHex(entry.key().bytes()) + "\n";
    SafeFiles.writePublic(
        folder.resolve(entry.key().id().hex()), text.getBytes(StandardCharsets.US_ASCII));
  }

  /// The holder of that key id.
  Entry find(KeyId id) throws CaException {
    Path file = folder.resolve(id.hex());
    if (!Files.exists(file)) {
      throw new CaException(
          "no holder key " + id + " was issued here (" + folder + "): issue the host first");
    }
    return read(file);
  }

  /// The one holder of that name.
  Entry find(Identity identity) throws CaException {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : entries()) {
      if (entry.identity().equals(identity)) {
        found.add(entry);
      }
    }
    if (found.isEmpty()) {
      throw new CaException(
          "no holder " + identity + " was issued here (" + folder + "): issue the host first");
    }
    if (found.size() > 1) {
      throw new CaException(
          identity
              + " was issued "
              + found.size()
              + " times: name the holder by key id, one of "
              + String.join(", ", found.stream().map(entry -> entry.key().id().hex()).toList()));
    }
    return found.getFirst();
  }

  private List<Entry> entries() throws CaException {
    List<Entry> entries = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return entries;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        entries.add(read(file));
      }
      return entries;
    } catch (IOException | DirectoryIteratorException e) {
      throw new CaException(folder + " cannot be read: " + e, e);
    }
  }

  private static Entry read(Path file) throws CaException {
    List<String> lines =
        new String(SafeFiles.read(file, FILE_BYTES_MAX), StandardCharsets.US_ASCII)
            .lines()
            .toList();
    try {
      if (lines.size() != 2) {
        throw new IllegalArgumentException(lines.size() + " lines");
      }
      VerifyingKey key = VerifyingKey.of(HexFormat.of().parseHex(lines.get(1)));
      if (!file.endsWith(key.id().hex())) {
        throw new IllegalArgumentException("holds key " + key.id());
      }
      return new Entry(Identity.parse(lines.getFirst()), key);
    } catch (IllegalArgumentException e) {
      throw new CaException(
          file + " is no entry of the register (identity and public key): " + e.getMessage(), e);
    }
  }
}
