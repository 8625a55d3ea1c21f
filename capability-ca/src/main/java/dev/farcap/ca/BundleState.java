package dev.farcap.ca;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.farcap.capability.SignedBundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;

/// Which trust bundle a host believes: the pinned one, and from there on only forward.
///
/// The state folder keeps the newest bundle accepted and the pin it began with. What is older, does
/// not follow it, or is another of the same number is refused; so is a pin that leads elsewhere.
/// Whoever brings bundles, the directory included, can neither go back nor branch off. Where the
/// directory has brought newer ones, the credentials may stay as they were.
public final class BundleState {
  private static final String FILE = "bundle.state";
  private static final int BYTES_MAX = SignedBundle.BYTES_MAX + 128;

  private final Path file;

  private BundleState(Path file) {
    this.file = file;
  }

  /// The state in a folder, which is made with mode 0700 if it is not there.
  public static BundleState open(Path folder) throws CaException {
    SafeFiles.makeFolder(folder);
    return new BundleState(folder.resolve(FILE));
  }

  /// Accepts the bundle among a host's credentials, or says why not.
  ///
  /// @param offered as found
  /// @param pin SHA-256 of the bundle trust begins with, 64 lower-case hexadecimal digits
  /// @return the one to believe: the same, or what the directory brought after it
  /// @throws CaException naming both numbers or both hashes
  public SignedBundle accept(SignedBundle offered, String pin) throws CaException {
    Optional<Kept> kept = read();
    if (kept.isEmpty()) {
      checkPinned(offered, pin);
      return write(new Kept(pin, offered, offered.sha256()));
    }
    SignedBundle current = kept.get().bundle();
    if (offered.sha256().equals(kept.get().issued())) {
      checkPin(kept.get(), current, pin);
      return offered.sha256().equals(current.sha256()) ? offered : current;
    }
    checkPin(kept.get(), offered, pin);
    if (!offered.sha256().equals(current.sha256())) {
      checkForward(offered, current);
    }
    return write(new Kept(kept.get().pin(), offered, offered.sha256()));
  }

  /// Accepts a bundle that the directory brought, or says why not. One has been accepted before.
  ///
  /// @return whether it is now the one to believe; not if it is that already, or an older one
  /// @throws CaException if it is newer and does not follow, or is another of the same number,
  ///   naming both
  public boolean follow(SignedBundle brought) throws CaException {
    Kept kept =
        read().orElseThrow(() -> new CaException(file + " does not exist: no bundle is believed"));
    SignedBundle current = kept.bundle();
    if (brought.sha256().equals(current.sha256())
        || brought.bundle().number() < current.bundle().number()) {
      return false;
    }
    checkForward(brought, current);
    write(new Kept(kept.pin(), brought, kept.issued()));
    return true;
  }

  /// The newest bundle accepted so far, if any.
  public Optional<SignedBundle> current() throws CaException {
    return read().map(Kept::bundle);
  }

  /// @param issued SHA-256 of the one among the credentials
  private record Kept(String pin, SignedBundle bundle, String issued) {}

  private static void checkPinned(SignedBundle offered, String pin) throws CaException {
    if (!offered.sha256().equals(pin)) {
      throw new CaException(
          "the configuration pins the trust bundle with SHA-256 %s, but this is %s: bring the pinned one, or pin this one if you trust where it is from"
              .formatted(pin, offered));
    }
  }

  private void checkPin(Kept kept, SignedBundle offered, String pin) throws CaException {
    if (!pin.equals(kept.pin()) && !pin.equals(offered.sha256())) {
      throw new CaException(
          "the configuration pins SHA-256 %s, but trust began with %s (%s): pin that one again, or remove the file to begin anew"
              .formatted(pin, kept.pin(), file));
    }
  }

  private void checkForward(SignedBundle offered, SignedBundle current) throws CaException {
    long number = offered.bundle().number();
    long highest = current.bundle().number();
    if (number < highest) {
      throw new CaException(
          "trust bundle %d is older than %d, which was accepted before (%s): bring bundle %d or newer"
              .formatted(number, highest, file, highest));
    }
    if (!offered.follows(current)) {
      throw new CaException(
          "trust bundle %d (SHA-256 %s) does not follow bundle %d (SHA-256 %s), which was accepted before (%s): bring bundle %d, signed by that one's BUNDLE key"
              .formatted(number, offered.sha256(), highest, current.sha256(), file, highest + 1));
    }
  }

  private Optional<Kept> read() throws CaException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      var wire = dev.farcap.capability.wire.BundleState.parseFrom(SafeFiles.read(file, BYTES_MAX));
      SignedBundle bundle = SignedBundle.parse(wire.getBundle().toByteArray());
      return Optional.of(
          new Kept(
              HexFormat.of().formatHex(wire.getPin().toByteArray()),
              bundle,
              wire.getIssued().isEmpty()
                  ? bundle.sha256()
                  : HexFormat.of().formatHex(wire.getIssued().toByteArray())));
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new CaException(
          file + " is damaged: restore it, or remove it to begin with the pinned bundle again", e);
    }
  }

  private SignedBundle write(Kept kept) throws CaException {
    SafeFiles.replace(
        file,
        dev.farcap.capability.wire.BundleState.newBuilder()
            .setPin(ByteString.copyFrom(HexFormat.of().parseHex(kept.pin())))
            .setBundle(ByteString.copyFrom(kept.bundle().bytes()))
            .setIssued(ByteString.copyFrom(HexFormat.of().parseHex(kept.issued())))
            .build()
            .toByteArray());
    return kept.bundle();
  }
}
