package dev.farcap.capability;

import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.SessionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The grants a proxy may show: the `*.grant` files of a folder, each a serialised token.
///
/// Grants are no secret: only the holder can use them. They are read at [#reload()] only; whoever
/// watches the folder calls it. Signatures are not checked here, that is the server's word. Any
/// thread may call.
public final class GrantStore {
  /// What the name of a grant's file ends with.
  public static final String SUFFIX = ".grant";

  /// Bounds memory to 8 MiB; a proxy with more should be given wider grants.
  public static final int GRANTS_MAX = 1_024;

  private static final Comparator<Stored> LATEST_EXPIRY_THEN_SERIAL =
      Comparator.comparing((Stored stored) -> stored.token().grant().expires())
          .reversed()
          .thenComparing(stored -> stored.token().grant().serial().hex());

  private final Path folder;
  private final KeyId holder;
  private volatile List<Stored> grants = List.of();

  /// A grant and where it was found.
  ///
  /// @param file for messages
  /// @param token to present
  public record Stored(Path file, Token token) {}

  /// An empty store; [#reload()] fills it.
  ///
  /// @param folder need not exist yet
  /// @param holder the own holder key: grants of others are no use
  public GrantStore(Path folder, KeyId holder) {
    this.folder = folder;
    this.holder = holder;
  }

  /// Reads the folder again. Files that cannot be used are left out and named; the others count.
  ///
  /// @return one line per problem, naming the file; empty if all is well
  public List<String> reload() {
    List<String> problems = new ArrayList<>();
    List<Stored> read = new ArrayList<>();
    for (Path file : files(problems)) {
      try {
        read.add(read(file));
      } catch (IOException | IllegalArgumentException e) {
        problems.add(file + ": " + OneLine.of(String.valueOf(e.getMessage())));
      }
    }
    Collections.sort(read, LATEST_EXPIRY_THEN_SERIAL);
    grants = List.copyOf(read);
    return problems;
  }

  private List<Path> files(List<String> problems) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : entries) {
        if (files.size() == GRANTS_MAX) {
          problems.add(folder + ": more than " + GRANTS_MAX + " grants, the others are left out");
          break;
        }
        files.add(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      problems.add(folder + ": cannot be read as a folder of grants (" + e + ")");
    }
    return files;
  }

  private Stored read(Path file) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      Token token = Token.parse(input.readNBytes(Token.BYTES_MAX + 1));
      if (!token.grant().holder().id().equals(holder)) {
        throw new IllegalArgumentException(
            "grant is for holder key "
                + token.grant().holder().id()
                + ", this proxy's is "
                + holder);
      }
      return new Stored(file, token);
    }
  }

  /// The grant to present: one for this interface, server and wire label; of several the one that
  /// expires last, of those the one with the lowest serial.
  public Optional<Stored> choose(SessionRequest request, Identity server) {
    return grants.stream()
        .filter(stored -> GrantCheck.allows(stored.token().grant(), request, server))
        .findFirst();
  }

  /// All of them, the one that expires last first.
  public List<Stored> grants() {
    return grants;
  }
}
