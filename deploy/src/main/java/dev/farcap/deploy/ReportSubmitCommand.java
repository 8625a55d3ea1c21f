package dev.farcap.deploy;

import com.google.protobuf.ByteString;
import dev.farcap.node.FrontDoorChannel;
import dev.farcap.report.v1.ReportSession;
import dev.farcap.services.OpenedSession;
import dev.farcap.session.Label;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap report submit`: makes a report, and keeps it while it runs.
@Command(
    name = "submit",
    description = {
      "Submits a report: its argument, or a file, or what comes from stdin until its end.",
      "A report lives as long as the session of its last writer: this command keeps it until"
          + " Ctrl-C, or with --lines while stdin lasts, and ends with an error when the session"
          + " does. With --once it ends at once, and the report goes with it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap report submit up --label state --socket run/app1.sock",
      "  farcap report submit --file state.xml --label state --socket run/app1.sock",
      "  vmstat 5 | farcap report submit --lines --label load --socket run/app1.sock"
    })
final class ReportSubmitCommand implements Callable<Integer> {
  /// The server's own limit: nothing longer needs to be read.
  private static final int CONTENT_BYTES_MAX = 1 << 20;

  @Parameters(
      paramLabel = "TEXT",
      arity = "0..1",
      description = "The report; without it and --file, stdin.")
  private @Nullable String text;

  @Option(names = "--file", paramLabel = "FILE", description = "Holds the report.")
  private @Nullable Path file;

  @Option(
      names = "--lines",
      description = "Each line of stdin is a report that replaces the one before.")
  private boolean lines;

  @Option(names = "--once", description = "End as soon as the report is submitted.")
  private boolean once;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      converter = LabelConverter.class,
      description = "The report's name, below the listener's (default: that alone).")
  private Label label;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = LifeConverter.class,
      description = "How long to wait until a report is taken (default: 10s).")
  private Duration timeout;

  @Mixin private DoorOption door;

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkSources();
    try (FrontDoorChannel programs = door.open();
        OpenedSession session =
            OpenedSession.open(programs.asking(Label.EMPTY), ReportSession.SERVICE, label)) {
      ReportSession report = ReportSession.client(session.channel()).within(timeout);
      if (lines) {
        submitLines(report, session);
      } else {
        report.submit(content());
        if (!once) {
          session.awaitEnd();
        }
      }
    }
    return ExitCode.DONE;
  }

  private void checkSources() {
    int sources = (text == null ? 0 : 1) + (file == null ? 0 : 1) + (lines ? 1 : 0);
    if (sources > 1) {
      throw new CommandException(ExitCode.USAGE, "give one of TEXT, --file and --lines");
    }
  }

  private ByteString content() throws IOException {
    if (text != null) {
      return ByteString.copyFromUtf8(text);
    }
    try (InputStream in = file == null ? System.in : InputFile.open(file)) {
      byte[] content = in.readNBytes(CONTENT_BYTES_MAX + 1);
      if (content.length > CONTENT_BYTES_MAX) {
        throw new CommandException(
            ExitCode.FAILED, "a report has at most " + CONTENT_BYTES_MAX + " bytes");
      }
      return ByteString.copyFrom(content);
    }
  }

  /// Reads in a thread of its own, which may wait for a line while the session ends.
  private static void submitLines(ReportSession report, OpenedSession session)
      throws IOException, InterruptedException {
    FutureTask<Void> reading =
        new FutureTask<>(
            () -> {
              try (session) {
                submitLines(report);
              }
              return null;
            });
    Thread.ofVirtual().name("farcap-report-lines").start(reading);
    session.awaitEnd();
    try {
      reading.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException unread) {
        throw unread;
      } else if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e);
    }
  }

  private static void submitLines(ReportSession report) throws IOException {
    Lines stdin = new Lines(System.in, CONTENT_BYTES_MAX);
    for (ByteString line = stdin.next(); line != null; line = stdin.next()) {
      report.submit(line);
    }
  }
}
