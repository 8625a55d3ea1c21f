package dev.farcap.report;

import com.google.protobuf.ByteString;
import dev.farcap.report.v1.ReportSession;
import dev.farcap.rom.RomConfig;
import dev.farcap.rom.RomCounters;
import dev.farcap.rom.RomServer;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SignalPort;
import dev.farcap.stub.SessionTable;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes reports and shows them as ROM modules.
///
///     try (ReportServer reports = ReportServer.open(state, signals, loop, clock)) {
///       builder.addService(reports.reports()).addService(reports.roms());
///     }
///
/// Reports are written by the threads of their calls, into files that the ROM server reads as any
/// other: so readers get what ROM promises, and a process that was killed leaves nothing behind that
/// the next run would not remove. A report is absent soon after the session that wrote it last has
/// ended. Thread-safe.
public final class ReportServer implements AutoCloseable {
  /// As many as a large host has programs.
  private static final int WRITERS_MAX = 10_000;

  private final SessionTable<Writer> writers;
  private final RomServer roms;

  private ReportServer(ReportFolder folder, RomServer roms) {
    writers = new SessionTable<>(WRITERS_MAX, caller -> new Writer(folder, name(caller)));
    this.roms = roms;
  }

  private static String name(SessionCaller caller) {
    return String.join("/", caller.label().elements());
  }

  /// What serves one session of a reporter. Its calls and its end take turns.
  static final class Writer implements ReportSession, AutoCloseable {
    private final ReportFolder folder;
    private final String name;
    private boolean gone;

    Writer(ReportFolder folder, String name) {
      this.folder = folder;
      this.name = name;
    }

    @Override
    public synchronized void submit(ByteString content) {
      if (gone) {
        throw Status.CANCELLED.withDescription("the session is over").asRuntimeException();
      }
      folder.write(name, this, content);
    }

    /// Not by the thread that tells of the end: that one must not wait for files.
    @Override
    public void close() {
      Thread.ofVirtual().name("farcap-report-end").start(this::end);
    }

    synchronized void end() {
      gone = true;
      folder.writerGone(this);
    }
  }

  /// Opens a folder of its own; what is in it goes.
  ///
  /// @param state made if need be; one server at a time
  /// @param signals for readers that use Sigh; null: Sigh is UNIMPLEMENTED
  /// @param loop an epoll event loop
  /// @param clock for version numbers
  /// @throws IOException if the folder cannot be used
  public static ReportServer open(
      Path state, @Nullable SignalPort signals, IoEventLoop loop, InstantSource clock)
      throws IOException {
    ReportFolder folder = ReportFolder.open(state.resolve("reports"));
    RomConfig usual = RomConfig.of(folder.root(), state.resolve("rom"));
    RomConfig config =
        new RomConfig(
            usual.root(),
            usual.state(),
            Map.of(),
            ReportFolder.REPORTS_MAX,
            ReportFolder.FOLDERS_MAX,
            usual.watchersMax(),
            ReportFolder.REPORT_BYTES_MAX,
            usual.replacedBytesMax());
    return new ReportServer(folder, RomServer.open(config, signals, loop, clock));
  }

  /// The service `farcap.report.v1.Report`, for any gRPC server or back door.
  public ServerServiceDefinition reports() {
    return ReportSession.serverPerSession(writers);
  }

  /// The service `farcap.rom.v1.Rom`, for any gRPC server or back door: the reports.
  public ServerServiceDefinition roms() {
    return roms.service();
  }

  /// What the ROM server counted so far.
  public RomCounters counters() {
    return roms.counters();
  }

  /// Ends all calls of readers.
  @Override
  public void close() {
    roms.close();
  }
}
