package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomVersion;
import dev.farcap.session.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap rom get`: fetches a module once.
@Command(
    name = "get",
    description = {
      "Fetches the newest version of a module and checks its hash.",
      "Without --to its content goes to stdout."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap rom get config --socket run/app1.sock",
      "  farcap rom get 'boot -> kernel' --socket run/app1.sock --to kernel --output json"
    })
final class RomGetCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "LABEL",
      converter = LabelConverter.class,
      description = "What to ask for; its last element is the module.")
  private Label label;

  @Option(names = "--to", paramLabel = "FILE", description = "Replaced when the hash is right.")
  private @Nullable Path to;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = LifeConverter.class,
      description = "For how long to try again while the server is away (default: 10s).")
  private Duration patience;

  @Mixin private DoorOption door;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (FrontDoorChannel programs = door.open()) {
      RomReader reader = new RomReader(programs.asking(label), patience);
      RomVersion version = to == null ? toStdout(reader) : fetch(reader, to);
      if (version.absent()) {
        throw new CommandException(ExitCode.FAILED, "there is no module '" + label.last() + "'");
      }
      if (to != null) {
        printer.facts(RomFacts.of(label, version));
      }
    }
    return ExitCode.DONE;
  }

  @SuppressWarnings("ClosingStandardOutputStreams") // To close the bar is to wipe it away.
  private RomVersion fetch(RomReader reader, Path file) throws IOException, InterruptedException {
    if (!ProgressBar.isWatched()) {
      return reader.fetch(file);
    }
    try (ProgressBar bar = new ProgressBar(label.last(), System.err, System::nanoTime)) {
      return reader.fetch(file, bar);
    }
  }

  /// By way of a file: nothing is printed before the hash is right.
  private RomVersion toStdout(RomReader reader) throws IOException, InterruptedException {
    Path file = Files.createTempFile("farcap-rom", "");
    try {
      RomVersion version = fetch(reader, file);
      if (!version.absent()) {
        Files.copy(file, System.out);
        System.out.flush();
      }
      return version;
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
