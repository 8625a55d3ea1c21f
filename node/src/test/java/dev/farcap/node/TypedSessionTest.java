package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.capability.LabelPattern;
import dev.farcap.report.v1.ReportSession;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.v1.RomSession;
import dev.farcap.rom.v1.Version;
import dev.farcap.services.OpenedSession;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import dev.farcap.session.SessionException;
import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalHandler;
import dev.farcap.session.SignalPort;
import dev.farcap.signals.ChannelSignals;
import dev.farcap.stubs.lamp.LampSession;
import dev.farcap.timer.v1.TimerSession;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Typed sessions from a program at one Unix socket, through a real pair, to built-in servers and
/// to a program at another.
final class TypedSessionTest extends TypedSessionContract {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private Node server;
  private Node client;
  private FrontDoorChannel programs;
  private FrontDoorChannel local;
  private Server lamps;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    TwoHosts hosts = new TwoHosts(folder);
    for (ServiceAlias alias : ServiceAlias.values()) {
      var _ = hosts.grant(alias.service(), LabelPattern.ANY);
    }
    var _ = hosts.grant(LampSession.SERVICE, new LabelPattern.Exact(Label.of("app1", "hall")));
    server =
        Node.start(
            NodeConfig.read(
                hosts.writeServer(
                    "{roms: {rom: roms}, reports: {report: {}}, timers: {timer: {}},"
                        + " lamps: {grpc: {unix: lamp.sock}}}",
                    "{Report: reports, Timer: timers, supported.lamp.Lamp: lamps, ROM: {policies:"
                        + " [{labelSuffix: /state, backend: reports}], default: roms}}",
                    "{unix: local.sock}")));
    local = new FrontDoorChannel(folder.resolve("local.sock"));
    lamps =
        NettyServerBuilder.forAddress(new DomainSocketAddress(folder.resolve("lamp.sock").toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(LampSession.server(lamp, new ChannelSignals(local.asking(Label.EMPTY))))
            .build()
            .start();
    String address = server.addresses().getFirst();
    client =
        Node.start(
            NodeConfig.read(
                hosts.writeClient(address, "ROM, LOG, Report, Timer, supported.lamp.Lamp")));
    programs = new FrontDoorChannel(hosts.socket());
  }

  @AfterEach
  void stop() {
    programs.close();
    client.close();
    lamps.shutdownNow();
    local.close();
    server.close();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private SignalPort signals() {
    return new ChannelSignals(programs.asking(Label.EMPTY));
  }

  // ---- a session of a user's own

  @Override
  LampSession.Client hall() {
    Label label = Label.of("hall");
    return LampSession.client(programs.asking(label), signals(), label);
  }

  @Test
  void refusalOfThePairIsTyped() {
    LampSession.Client attic = LampSession.client(programs.asking(Label.of("attic")));

    SessionException.Refused failure = assertThrows(SessionException.Refused.class, attic::reset);

    assertNotNull(failure.origin());
    assertTrue(failure.isSafeToRepeat());
  }

  @Test
  void contextDiesWithTheProgramThatMadeIt() throws Exception {
    Semaphore raised = new Semaphore(0);
    Label label = Label.of("hall");
    FrontDoorChannel other = new FrontDoorChannel(folder.resolve("app1.sock"));
    LampSession.Client hall =
        LampSession.client(
            other.asking(label), new ChannelSignals(other.asking(Label.EMPTY)), label);
    SignalHandler changed = new SignalHandler(_ -> raised.release());
    hall.sigh(changed);
    hall.set(1, Optional.empty());
    await(raised);
    int before = client.endpoint().signalContexts();
    assertEquals(1, before);

    other.close();

    Await.until(() -> client.endpoint().signalContexts() == 0);
    await(raised);
    assertFalse(changed.isDead(), "the handler is the program's own");
  }

  // ---- Timer

  @Test
  void timerRaisesAProgramOnTheOtherHost() throws Exception {
    Semaphore raised = new Semaphore(0);
    Label label = Label.of("clock");

    try (TimerSession.Client timer = TimerSession.client(programs.asking(label), signals(), label);
        SignalHandler due = new SignalHandler(_ -> raised.release())) {
      timer.sigh(due);
      timer.triggerOnce(1_000);
      await(raised);
      timer.triggerPeriodic(2_000);
      await(raised);
      await(raised);
      timer.triggerPeriodic(0);
      assertTrue(timer.elapsed() > 0);
    }
  }

  // ---- Report

  private RomReader stateReader() {
    return new RomReader(programs.asking(Label.of("host-a/app1/state")));
  }

  @Test
  void reportIsReadAsRomByAnotherSession() throws Exception {
    Path got = folder.resolve("got");

    ReportSession.client(programs.asking(Label.of("state"))).submit(ByteString.copyFromUtf8("up"));

    RomVersion version = stateReader().fetch(got);
    assertEquals(2, version.length());
    assertEquals("up", Files.readString(got));
  }

  @Test
  void reportIsClearedWhenTheSessionOfItsWriterEnds() throws Exception {
    RomSession.Client rom = RomSession.client(programs.asking(Label.of("host-a/app1/state")));
    try (SessionStream<Version> versions = rom.watch(0, 0)) {
      assertTrue(versions.next().getAbsent());
      OpenedSession session =
          OpenedSession.open(
              programs.asking(Label.EMPTY), ReportSession.SERVICE, Label.of("state"));
      ReportSession.client(session.channel()).submit(ByteString.copyFromUtf8("up"));
      assertFalse(versions.next().getAbsent());

      session.close();

      assertTrue(versions.next().getAbsent());
    }
  }

  @Test
  void romSignalReachesHandlerOfTheReader() throws Exception {
    Semaphore raised = new Semaphore(0);
    Label label = Label.of("host-a/app1/state");

    try (RomSession.Client rom = RomSession.client(programs.asking(label), signals(), label);
        SignalHandler newer = new SignalHandler(_ -> raised.release())) {
      rom.sigh(0, newer);
      await(raised);
      ReportSession.client(programs.asking(Label.of("state")))
          .submit(ByteString.copyFromUtf8("up"));
      await(raised);
    }
  }

  // ---- opened sessions

  @Test
  void openedSessionTellsWhyItEnds() throws Exception {
    try (OpenedSession session =
        OpenedSession.open(programs.asking(Label.EMPTY), TimerSession.SERVICE, Label.of("t"))) {
      assertTrue(TimerSession.client(session.channel()).elapsed() >= 0);
      server.close();

      StatusRuntimeException reason = assertThrows(StatusRuntimeException.class, session::awaitEnd);

      assertTrue(reason instanceof SessionException.Disconnected, reason.toString());
    }
  }
}
