package dev.farcap.deploy;

import dev.farcap.rom.RomVersion;
import dev.farcap.session.Label;
import java.util.HexFormat;
import java.util.Map;

/// What is printed about a version.
final class RomFacts {
  private RomFacts() {}

  static Map<String, Object> of(Label label, RomVersion version) {
    return version.absent()
        ? Printer.facts("module", label.toString(), "version", version.number(), "absent", true)
        : Printer.facts(
            "module", label.toString(),
            "version", version.number(),
            "length", version.length(),
            "sha256", sha256(version));
  }

  static String sha256(RomVersion version) {
    return HexFormat.of().formatHex(version.sha256().toByteArray());
  }
}
