package dev.farcap.deploy;

import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogSession;
import dev.farcap.log.v1.TailReply;
import dev.farcap.node.FrontDoorChannel;
import dev.farcap.session.Label;
import dev.farcap.session.SessionStream;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `farcap log tail`: shows the log's lines.
@Command(
    name = "tail",
    description = "Shows the last lines of the log, everybody's, and those to come, until Ctrl-C.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap log tail --socket run/app1.sock",
      "  farcap log tail --lines 100 --count 100 --socket run/app1.sock --output json"
    })
final class LogTailCommand implements Callable<Integer> {
  private static final int LINES_MAX = 1_000;

  @Option(
      names = "--lines",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many of the last lines to show first, at most 1000 (default: 10).")
  private int lines;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after so many lines (default: never).")
  private int count;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      converter = LabelConverter.class,
      description = "Who asks, below the listener's name (default: nobody in particular).")
  private Label label;

  @Mixin private DoorOption door;
  @Mixin private Printer printer;

  @Override
  public Integer call() {
    if (lines < 0 || lines > LINES_MAX) {
      throw new CommandException(
          ExitCode.USAGE, "--lines is " + lines + ", expected 0.." + LINES_MAX);
    }
    try (FrontDoorChannel programs = door.open();
        SessionStream<TailReply> replies = LogSession.client(programs.asking(label)).tail(lines)) {
      for (int shown = 0; (count == 0 || shown < count) && replies.hasNext(); shown++) {
        show(replies.next());
      }
    }
    return ExitCode.DONE;
  }

  private void show(TailReply reply) {
    if (reply.getLost() > 0) {
      System.err.println("farcap: " + reply.getLost() + " lines came too fast and are not shown");
    }
    Line line = reply.getLine();
    Instant origin =
        Instant.ofEpochSecond(
            TimeUnit.NANOSECONDS.toSeconds(line.getOriginUnixNanos()),
            line.getOriginUnixNanos() % TimeUnit.SECONDS.toNanos(1));
    if (printer.isJson()) {
      printer.jsonLine(
          Printer.facts(
              "time", origin.toString(),
              "level", line.getLevel().name().toLowerCase(java.util.Locale.ROOT),
              "label", reply.getLabel(),
              "text", line.getText()));
    } else {
      printer.line(
          "%s %-7s [%s] %s"
              .formatted(origin, line.getLevel().name(), reply.getLabel(), line.getText()));
    }
  }
}
