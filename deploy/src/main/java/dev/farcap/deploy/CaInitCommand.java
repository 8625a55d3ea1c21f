package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.RealmFolder;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap ca init`: makes a realm.
@Command(
    name = "init",
    description = "Makes the keys of a new realm. Keep the folder safe: who has it decides.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap ca init lab", "  farcap ca init lab --ca /secure/lab-ca"})
final class CaInitCommand implements Callable<Integer> {
  @Parameters(paramLabel = "REALM", description = "Its name, 1..63 of [a-z0-9._-].")
  private String realm;

  @Mixin private RealmOption ca;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException {
    RealmFolder made = RealmFolder.init(realm, ca.folder(), InstantSource.system());
    printer.facts(
        Printer.facts(
            "realm", made.realm(),
            "folder", ca.folder().toString(),
            "trustBundle", made.bundle().sha256()));
    return ExitCode.DONE;
  }
}
