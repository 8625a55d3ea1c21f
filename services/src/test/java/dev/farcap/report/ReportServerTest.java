package dev.farcap.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.report.v1.ReportSession;
import dev.farcap.rom.RomListener;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.RomWatch;
import dev.farcap.services.SessionEnds;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What reporters say and readers see.
final class ReportServerTest {
  private static final Label REPORTER = Label.of("host-a", "app1", "state");
  private static final String MODULE = "host-a/app1/state";

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<RomWatch> watches = new ArrayList<>();
  private final SessionEnds sessions = new SessionEnds();
  private ReportServer reports;
  private Server server;
  private ManagedChannel channel;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    String name = UUID.randomUUID().toString();
    reports = ReportServer.open(folder, null, group.next(), InstantSource.system());
    server =
        InProcessServerBuilder.forName(name)
            .addService(reports.reports())
            .addService(reports.roms())
            .intercept(sessions)
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  @AfterEach
  void stop() {
    watches.forEach(RomWatch::close);
    channel.shutdownNow();
    reports.close();
    server.shutdownNow();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// As a proxy in front of the server calls it.
  private Channel as(String session, Label label) {
    Metadata own = new Metadata();
    own.put(MetadataKeys.SESSION, session);
    own.put(MetadataKeys.LABEL, label.toString());
    return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(own));
  }

  private ReportSession reporter(String session) {
    return ReportSession.client(as(session, REPORTER));
  }

  private RomReader reader() {
    return new RomReader(as("reader", Label.of("host-c", MODULE)));
  }

  private BlockingQueue<RomVersion> watch() {
    BlockingQueue<RomVersion> told = new LinkedBlockingQueue<>();
    watches.add(
        reader()
            .watch(
                0,
                new RomListener() {
                  @Override
                  public void changed(RomVersion version) {
                    told.add(version);
                  }

                  @Override
                  public void failed(StatusRuntimeException reason) {
                    throw reason;
                  }
                }));
    return told;
  }

  private static RomVersion awaitAbsence(BlockingQueue<RomVersion> told, boolean absent)
      throws InterruptedException {
    while (true) {
      RomVersion version = told.poll(10, TimeUnit.SECONDS);
      assertTrue(version != null, "no version within 10 s");
      if (version.absent() == absent) {
        return version;
      }
    }
  }

  /// Readers learn of a report after its writer has been answered.
  private void awaitContent(BlockingQueue<RomVersion> told, String expected) throws Exception {
    do {
      awaitAbsence(told, false);
    } while (!content().equals(expected));
  }

  private String content() throws Exception {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    var _ =
        reader()
            .fetch(
                new RomSink() {
                  @Override
                  public void begin(RomVersion version) {
                    content.reset();
                  }

                  @Override
                  public void data(ByteBuffer bytes) {
                    while (bytes.hasRemaining()) {
                      content.write(bytes.get());
                    }
                  }
                });
    return content.toString(StandardCharsets.UTF_8);
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static Status.Code code(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(StatusRuntimeException.class, call).getStatus().getCode();
  }

  @Test
  void reportIsReadAsModuleNamedAfterTheReporter() throws Exception {
    BlockingQueue<RomVersion> told = watch();
    assertTrue(awaitAbsence(told, true).absent());

    reporter("s1").submit(text("up"));

    assertEquals(2, awaitAbsence(told, false).length());
    assertEquals("up", content());
  }

  @Test
  void emptyReportIsNotAbsent() throws Exception {
    BlockingQueue<RomVersion> told = watch();

    reporter("s1").submit(ByteString.EMPTY);

    assertEquals(0, awaitAbsence(told, false).length());
  }

  @Test
  void reportGoesWithTheSessionThatWroteItLast() throws Exception {
    BlockingQueue<RomVersion> told = watch();
    reporter("s1").submit(text("one"));
    reporter("s2").submit(text("two"));
    awaitContent(told, "two");

    sessions.end("s1");
    assertEquals("two", content());

    sessions.end("s2");
    awaitAbsence(told, true);
  }

  @Test
  void callAfterTheEndOfItsSessionWritesNothing() throws Exception {
    ReportFolder files = ReportFolder.open(folder.resolve("apart"));
    ReportServer.Writer writer = new ReportServer.Writer(files, "up");
    writer.submit(text("one"));
    Path file = files.root().resolve("up");

    writer.end();

    assertEquals(Status.Code.CANCELLED, code(() -> writer.submit(text("two"))));
    assertFalse(Files.exists(file));
  }

  @Test
  void reportMayComeBack() throws Exception {
    BlockingQueue<RomVersion> told = watch();
    reporter("s1").submit(text("one"));
    awaitAbsence(told, false);
    sessions.end("s1");
    long gone = awaitAbsence(told, true).number();

    reporter("s2").submit(text("again"));

    assertTrue(awaitAbsence(told, false).number() > gone);
  }

  @Test
  void reportOfFormerRunIsForgotten() throws Exception {
    Path file = folder.resolve("reports").resolve(MODULE);
    reporter("s1").submit(text("one"));
    assertTrue(Files.exists(file));

    reports.close();
    reports = ReportServer.open(folder, null, group.next(), InstantSource.system());

    assertFalse(Files.exists(file));
  }

  @Test
  void reportIsNoFolderOfAnother() {
    reporter("s1").submit(text("one"));

    ReportSession above = ReportSession.client(as("s2", Label.of("host-a", "app1")));
    ReportSession below = ReportSession.client(as("s3", REPORTER.append("more")));

    assertEquals(Status.Code.FAILED_PRECONDITION, code(() -> above.submit(text("x"))));
    assertEquals(Status.Code.FAILED_PRECONDITION, code(() -> below.submit(text("x"))));
  }

  @Test
  void tooLongReportIsRefused() {
    byte[] long1 = new byte[ReportFolder.REPORT_BYTES_MAX + 1];

    assertEquals(
        Status.Code.INVALID_ARGUMENT,
        code(() -> reporter("s1").submit(ByteString.copyFrom(long1))));
  }

  @ParameterizedTest
  @CsvSource({
    "..",
    "host-a -> .hidden",
    "//other/realm -> x",
    "0123456789012345678901234567890123 -> 0123456789012345678901234567890123"
  })
  void labelThatNamesNoModuleIsRefused(String label) {
    ReportSession report = ReportSession.client(as("s1", Label.parse(label)));

    assertEquals(Status.Code.INVALID_ARGUMENT, code(() -> report.submit(text("x"))));
  }

  @Test
  void labelMustBeThere() {
    ReportSession report = ReportSession.client(as("s1", Label.EMPTY));

    assertEquals(Status.Code.INVALID_ARGUMENT, code(() -> report.submit(text("x"))));
  }
}
