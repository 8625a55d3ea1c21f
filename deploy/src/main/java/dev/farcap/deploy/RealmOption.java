package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.RealmFolder;
import java.nio.file.Path;
import java.time.InstantSource;
import picocli.CommandLine.Option;

/// The option `--ca`: where the realm's keys are.
final class RealmOption {
  @Option(
      names = "--ca",
      paramLabel = "DIR",
      description = "Folder of the realm's keys (default: the variable FARCAP_CA, else ./ca).",
      defaultValue = "${env:FARCAP_CA:-ca}")
  private Path folder;

  RealmFolder open() throws CaException {
    return RealmFolder.open(folder, InstantSource.system());
  }
}
