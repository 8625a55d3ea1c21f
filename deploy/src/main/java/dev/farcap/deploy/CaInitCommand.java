package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.RealmFolder;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap ca init`: makes a realm.
@Command(
    name = "init",
    description = "Makes the keys of a new realm. Keep the folder safe: who has it decides.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap ca init lab", "  farcap ca init lab --out /secure/lab-ca"})
final class CaInitCommand implements Callable<Integer> {
  @Parameters(paramLabel = "REALM", description = "Its name, 1..63 of [a-z0-9._-].")
  private String realm;

  @Option(
      names = {"--out", "--ca"},
      paramLabel = "DIR",
      description = "New or empty folder (default: the variable FARCAP_CA, else ./ca).",
      defaultValue = "${env:FARCAP_CA:-ca}")
  private Path out;

  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException {
    RealmFolder made = RealmFolder.init(realm, out, InstantSource.system());
    printer.facts(
        Printer.facts(
            "realm", made.realm(),
            "folder", out.toString(),
            "trustBundle", made.bundle().sha256()));
    return ExitCode.DONE;
  }
}
