package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.Issued;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap ca issue`: gives a host its identity.
@Command(
    name = "issue",
    description = {
      "Gives a host its keys, its certificate and the realm's trust bundle.",
      "Bring the folder to the host over a safe way: it holds private keys."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap ca issue host-a --out host-a",
      "  farcap ca issue farcap://lab/site-1/host-b --out host-b --life 30d"
    })
final class CaIssueCommand implements Callable<Integer> {
  @Parameters(paramLabel = "HOST", description = "Its name in the realm, or farcap://REALM/NAME.")
  private String host;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder to write, without such files.")
  private Path out;

  @Option(
      names = "--life",
      paramLabel = "DURATION",
      defaultValue = "90d",
      converter = LifeConverter.class,
      description = "How long the certificate holds (default: 90d).")
  private Duration life;

  @Mixin private RealmOption ca;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException {
    Issued issued = ca.open().issue(host, out, life);
    printer.facts(
        Printer.facts(
            "identity", issued.identity().toString(),
            "folder", issued.folder().toString(),
            "holderKey", issued.holderKey().toString(),
            "certificateExpires", issued.certificateExpires().toString(),
            "trustBundle", issued.bundleSha256()));
    return ExitCode.DONE;
  }
}
