package dev.farcap.routing.consul;

import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a directory knew last, in the state folder of its process.
///
/// ```
/// directory.routes      the signed routes, as found; believed only if they verify again
/// directory.providers   a line for each provider: identity, health, weight, addresses; tabs between
/// ```
///
/// The time of `directory.providers` says when both were last confirmed, to a minute. What cannot
/// be read or written is logged and does no harm. Used by one thread at a time.
final class LastGood {
  private static final Logger LOG = LoggerFactory.getLogger(LastGood.class);
  private static final int ROUTES_BYTES_MAX = 1 << 20;
  private static final int PROVIDERS_BYTES_MAX = 8 << 20;
  private static final String NO_WEIGHT = "-";
  private static final int FIELDS_BEFORE_ADDRESSES = 3;
  private static final Duration CONFIRMED_TO = Duration.ofMinutes(1);

  private final Path routes;
  private final Path providers;
  private Instant confirmed = Instant.EPOCH;

  /// @param folder is there
  LastGood(Path folder) {
    routes = folder.resolve("directory.routes");
    providers = folder.resolve("directory.providers");
  }

  /// The signed routes, or null if there are none.
  byte @Nullable [] routes() {
    return read(routes, ROUTES_BYTES_MAX);
  }

  /// The providers; a line that makes no sense is left out.
  Map<Identity, Registration> providers() {
    Map<Identity, Registration> found = new LinkedHashMap<>();
    byte[] bytes = read(providers, PROVIDERS_BYTES_MAX);
    if (bytes != null) {
      new String(bytes, StandardCharsets.UTF_8).lines().forEach(line -> add(line, found));
    }
    return found;
  }

  private void add(String line, Map<Identity, Registration> found) {
    try {
      List<String> fields = Arrays.asList(line.split("\t"));
      Registration provider =
          new Registration(
              Identity.parse(fields.get(0)),
              fields.subList(FIELDS_BEFORE_ADDRESSES, fields.size()),
              weight(fields.get(2)),
              Health.valueOf(fields.get(1).toUpperCase(Locale.ROOT)));
      found.put(provider.identity(), provider);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      LOG.warn("{}: a line is left out: {}", providers, e.getMessage());
    }
  }

  private static OptionalInt weight(String field) {
    return field.equals(NO_WEIGHT)
        ? OptionalInt.empty()
        : OptionalInt.of(Registration.weight(field));
  }

  /// When both were last confirmed, or null if never.
  @Nullable Instant confirmed() {
    try {
      return Files.getLastModifiedTime(providers).toInstant();
    } catch (IOException _) {
      return null;
    }
  }

  /// Keeps the signed routes.
  void keepRoutes(byte[] signed) {
    write(routes, signed);
  }

  /// Keeps the providers.
  void keepProviders(Collection<Registration> known, Instant now) {
    StringBuilder text = new StringBuilder();
    for (Registration provider : known) {
      text.append(provider.identity())
          .append('\t')
          .append(provider.health().name().toLowerCase(Locale.ROOT))
          .append('\t')
          .append(
              provider.weight().isPresent()
                  ? Integer.toString(provider.weight().getAsInt())
                  : NO_WEIGHT);
      provider.addresses().forEach(address -> text.append('\t').append(address));
      text.append('\n');
    }
    write(providers, text.toString().getBytes(StandardCharsets.UTF_8));
    confirmed = Instant.EPOCH;
    confirm(now);
  }

  /// Notes that all of it still holds.
  void confirm(Instant now) {
    if (confirmed.plus(CONFIRMED_TO).isBefore(now)) {
      try {
        Files.setLastModifiedTime(providers, FileTime.from(now));
        confirmed = now;
      } catch (IOException e) {
        LOG.debug("{}: {}", providers, e.toString());
      }
    }
  }

  private static byte @Nullable [] read(Path file, int bytesMax) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(bytesMax + 1);
      if (bytes.length <= bytesMax) {
        return bytes;
      }
      LOG.warn("{}: is larger than {} bytes and not used", file, bytesMax);
    } catch (NoSuchFileException _) {
      // Nothing is known yet.
    } catch (IOException e) {
      LOG.warn("{}: cannot be read: {}", file, e.toString());
    }
    return null;
  }

  /// In one step that a crash cannot halve.
  private static void write(Path file, byte[] bytes) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("{}: cannot be written: {}", file, e.toString());
    }
  }
}
