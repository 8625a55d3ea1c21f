package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import dev.farcap.rom.RomListener;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.RomWatch;
import dev.farcap.session.Label;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap rom watch`: follows a module.
@Command(
    name = "watch",
    description = "Prints a line for every version of a module, until Ctrl-C.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap rom watch config --socket run/app1.sock",
      "  farcap rom watch config --socket run/app1.sock --to config.yaml"
    })
final class RomWatchCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "LABEL",
      converter = LabelConverter.class,
      description = "What to ask for; its last element is the module.")
  private Label label;

  @Option(names = "--to", paramLabel = "FILE", description = "Kept up to date with the module.")
  private @Nullable Path to;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after so many versions (default: never).")
  private int count;

  @Mixin private DoorOption door;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException, InterruptedException {
    BlockingQueue<Object> events = new LinkedBlockingQueue<>(1);
    try (FrontDoorChannel programs = door.open()) {
      RomReader reader = new RomReader(programs.asking(label));
      try (RomWatch _ = reader.watch(0, new Into(events))) {
        for (int told = 0; count == 0 || told < count; told++) {
          switch (events.take()) {
            case RomVersion version -> show(reader, version);
            case StatusRuntimeException reason -> throw reason;
            default -> throw new IllegalStateException("no such event");
          }
        }
      }
    }
    return ExitCode.DONE;
  }

  private void show(RomReader reader, RomVersion version) throws IOException, InterruptedException {
    RomVersion shown = to == null || version.absent() ? version : reader.fetch(version, to);
    if (printer.isJson()) {
      printer.jsonLine(RomFacts.of(label, shown));
    } else if (shown.absent()) {
      printer.line(shown.number() + " absent");
    } else {
      printer.line(shown.number() + " " + shown.length() + " " + RomFacts.sha256(shown));
    }
  }

  /// Waits until the last version was shown; those in between are skipped by the watch.
  private record Into(BlockingQueue<Object> events) implements RomListener {
    @Override
    public void changed(RomVersion version) {
      put(version);
    }

    @Override
    public void failed(StatusRuntimeException reason) {
      put(reason);
    }

    private void put(Object event) {
      try {
        events.put(event);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
