package dev.farcap.deploy;

import com.google.protobuf.ByteString;
import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogSession;
import dev.farcap.node.FrontDoorChannel;
import dev.farcap.session.Label;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap log write`: hands lines to the log.
@Command(
    name = "write",
    description = {
      "Writes lines to the log: its arguments, or without any the lines of stdin.",
      "They are in the log's care when the command ends; it never waits for the network."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap log write 'disk is full' --level error --socket run/app1.sock",
      "  make 2>&1 | farcap log write --label build --socket run/app1.sock"
    })
final class LogWriteCommand implements Callable<Integer> {
  /// Lines handed over at once: well below a message's limit.
  private static final int LINES_MAX = 64;

  /// Bytes of lines handed over at once.
  private static final int BYTES_MAX = 512 << 10;

  /// Of one line: with as much as waits already it is still well below a message's limit.
  private static final int LINE_BYTES_MAX = 256 << 10;

  @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Lines; without any, stdin.")
  private List<String> texts = List.of();

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      converter = LabelConverter.class,
      description = "Who writes, below the listener's name (default: nobody in particular).")
  private Label label;

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "error, warning, info (default) or debug.")
  private Importance level;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = LifeConverter.class,
      description = "How long to wait until the lines are taken (default: 10s).")
  private Duration timeout;

  @Mixin private DoorOption door;

  /// The level, as written on the command line.
  enum Importance {
    ERROR,
    WARNING,
    INFO,
    DEBUG
  }

  @Override
  public Integer call() throws IOException {
    try (FrontDoorChannel programs = door.open()) {
      LogSession log = LogSession.client(programs.asking(label)).within(timeout);
      if (texts.isEmpty()) {
        writeStdin(log);
      } else {
        write(log, texts);
      }
    }
    return ExitCode.DONE;
  }

  private void writeStdin(LogSession log) throws IOException {
    Lines stdin = new Lines(System.in, LINE_BYTES_MAX);
    List<String> waiting = new ArrayList<>();
    long bytes = 0;
    for (ByteString line = stdin.next(); line != null; line = stdin.next()) {
      waiting.add(line.toStringUtf8());
      bytes += line.size();
      if (!stdin.isReady() || waiting.size() == LINES_MAX || bytes > BYTES_MAX) {
        write(log, waiting);
        waiting.clear();
        bytes = 0;
      }
    }
  }

  private void write(LogSession log, List<String> texts) {
    Level written = Level.valueOf(level.name());
    log.write(
        texts.stream()
            .map(text -> Line.newBuilder().setText(text).setLevel(written).build())
            .toList());
  }
}
