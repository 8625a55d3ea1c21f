package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.HolderCredentials;
import dev.farcap.capability.SignedBundle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whose signatures count: `--bundle` or `--ca`.
final class BundleOption {
  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description = "The realm's trust bundle (default: that in the folder of --ca).")
  private @Nullable Path bundle;

  @Option(
      names = "--ca",
      paramLabel = "DIR",
      description = "The realm's folder (default: the variable FARCAP_CA, else ./ca).",
      defaultValue = "${env:FARCAP_CA:-ca}")
  private Path ca;

  SignedBundle read() throws CaException {
    return HolderCredentials.readBundle(
        bundle == null ? ca.resolve(HolderCredentials.BUNDLE_FILE) : bundle);
  }
}
