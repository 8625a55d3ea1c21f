package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.capability.Routes;
import dev.farcap.node.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap directory sign`: what proxies believe of a directory in Consul.
@Command(
    name = "sign",
    description = {
      "Checks a directory file, gives it the next number and signs it with the realm's DIRECTORY"
          + " key.",
      "No proxy takes routes with a number below those that it has."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  farcap directory sign directory.yaml --ca realm --out directory.signed"})
final class DirectorySignCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Directory file.")
  private Path file;

  @Option(
      names = "--number",
      paramLabel = "N",
      description = "Of these routes (default: the next after those signed last with this realm).")
  private @Nullable Long number;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "New file.")
  private Path out;

  @Mixin private RealmOption ca;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException, IOException {
    var _ = NodeConfig.readDirectory(file);
    Routes signed = ca.open().signRoutes(Files.readString(file), number, out);
    printer.facts(
        Printer.facts(
            "file", out.toString(),
            "realm", signed.realm(),
            "number", signed.number(),
            "issued", signed.issued().toString()));
    return ExitCode.DONE;
  }
}
