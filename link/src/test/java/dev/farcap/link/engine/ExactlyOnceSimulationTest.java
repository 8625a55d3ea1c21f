package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Calls of every kind over a link that is cut again and again: none is executed twice, none that
/// succeeded was not executed, and a failure says truly whether it may have been.
final class ExactlyOnceSimulationTest {
  private static final int SEEDS = Integer.getInteger("farcap.sim.seeds", 500);
  private static final int CALLS = 60;

  private final Map<FrameKind, int[]> cuts = new EnumMap<>(FrameKind.class);
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private long resumes;

  @Test
  void callsAreExecutedExactlyOnceHoweverTheLinkIsCut() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      try {
        new Run(seed).play();
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }

    System.out.println("cuts by frame kind, before/after: " + coverage());
    System.out.println("outcomes: " + outcomes);
    System.out.println("resumes: " + resumes + " in " + SEEDS + " seeds");
    assertTrue(resumes >= SEEDS, "resumes per seed below 1: " + resumes);
    if (SEEDS >= 500) {
      assertEveryFrameKindWasCutBeforeAndAfter();
      assertEveryOutcomeWasSeen();
    }
  }

  private String coverage() {
    StringBuilder text = new StringBuilder();
    cuts.forEach((kind, n) -> text.append(kind + " " + n[0] + "/" + n[1] + "  "));
    return text.toString();
  }

  private void assertEveryFrameKindWasCutBeforeAndAfter() {
    for (FrameKind kind : FrameKind.values()) {
      int[] n = cuts.getOrDefault(kind, new int[2]);
      assertTrue(n[0] > 0 && n[1] > 0, kind + " was cut before/after " + n[0] + "/" + n[1]);
    }
  }

  private void assertEveryOutcomeWasSeen() {
    for (String outcome :
        List.of(
            "0",
            "1",
            "4",
            "7 not-executed",
            "8 not-executed",
            "12 not-executed",
            "13 unknown",
            "14 unknown",
            "14 not-executed")) {
      assertTrue(outcomes.containsKey(outcome), "never seen: " + outcome + " in " + outcomes);
    }
  }

  /// One seed.
  private final class Run {
    private final SimWorld world;
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final LinkCounters counters = new LinkCounters();
    private final Map<Integer, Integer> executions = new HashMap<>();
    private final List<SimCaller> callers = new ArrayList<>();
    private final LinkSettings settings =
        LinkSettings.DEFAULT.withResumeWindow(Duration.ofSeconds(2));
    private final SimAcceptor acceptor;
    private final List<OwnSession> sessions = new ArrayList<>();
    private SimDriver dialler;
    private double cutChance = 0.02;
    private boolean dialling = true;

    Run(long seed) {
      world = new SimWorld(seed);
      acceptor = new SimAcceptor(world, settings, allocator, this::decide);
      dialler = newDialler();
    }

    private SimDriver newDialler() {
      return new SimDriver(
          world,
          "dialler",
          true,
          Id128.mint(world.random),
          Id128.mint(world.random),
          settings,
          counters,
          allocator,
          this::decide,
          this::dialSoon);
    }

    private void dialSoon() {
      world.afterMs(world.between(1, 40), this::dial);
    }

    private void dial() {
      if (!dialling) {
        return;
      }
      if (dialler.engine.state() == LinkEngine.State.ENDED) {
        dialler = newDialler();
      }
      dialler.dialled(new SimConnection(world, this::fate, dialler, acceptor));
    }

    private SimConnection.Verdict fate(boolean fromDialler, FrameKind kind) {
      boolean rare =
          switch (kind) {
            case HELLO, PRESENT, REFUSED, UPGRADE, CLOSE, CLOSED, PING, PONG, SIGNAL, CANCEL ->
                true;
            default -> false;
          };
      boolean goAway = kind == FrameKind.GO_AWAY;
      if (!world.chance(goAway ? 0.5 : rare ? 4 * cutChance : cutChance)) {
        return SimConnection.Verdict.DELIVER;
      }
      boolean before = world.random.nextBoolean();
      cuts.computeIfAbsent(kind, _ -> new int[2])[before ? 0 : 1]++;
      return before ? SimConnection.Verdict.CUT_BEFORE : SimConnection.Verdict.CUT_AFTER;
    }

    private GateAnswer decide(HostedSession session, byte @Nullable [] token) {
      if (session.request().label().last().equals("refused") || token == null) {
        return new GateAnswer.No(Failure.notExecuted(Failure.Kind.REFUSED, "no grant"));
      }
      boolean brief = session.request().label().last().equals("brief");
      return new GateAnswer.Yes(
          () -> new SimHost(executions),
          new Quota(4, 16 << 20, 10),
          world.now() + Duration.ofMillis(brief ? 300 : 1_000_000).toNanos(),
          0);
    }

    void play() {
      world.afterMs(world.between(0, 5), this::dial);
      for (int i = 0; i < CALLS; i++) {
        int nonce = i;
        world.afterMs(world.between(0, 1_500), () -> call(nonce));
      }
      for (int i = 0; i < 3; i++) {
        world.afterMs(world.between(0, 1_500), this::disturb);
      }
      if (world.chance(0.15)) {
        world.afterMs(world.between(200, 1_500), acceptor::restart);
      }
      if (world.chance(0.1)) {
        world.afterMs(world.between(500, 1_500), () -> dialler.engine.drain("test"));
      }
      world.runMs(1_500);
      world.afterMs(world.between(0, 6_000), () -> cutChance = 0.0);
      world.runMs(60_000);
      check();
    }

    private void disturb() {
      if (!sessions.isEmpty()) {
        OwnSession session = sessions.get(world.random.nextInt(sessions.size()));
        switch (world.random.nextInt(4)) {
          case 0 -> session.close(CloseReason.UNUSED);
          case 1 -> session.close(CloseReason.REROUTED);
          case 2 -> session.upgrade(new byte[] {(byte) world.random.nextInt(100)});
          default -> session.submit(1);
        }
      }
    }

    private void call(int nonce) {
      OwnSession session = session();
      String method = SimHost.METHODS.get(world.random.nextInt(SimHost.METHODS.size()));
      boolean hurried = method.equals("silent") || world.chance(0.05);
      Long deadline = hurried ? (Long) (world.now() + (long) (world.between(1, 80) * 1e6)) : null;
      SimCaller caller = new SimCaller(nonce, method, world);
      callers.add(caller);
      caller.begin(session, deadline);
      if (world.chance(0.08)) {
        world.afterMs(world.between(0, 30), caller::cancel);
      }
    }

    private OwnSession session() {
      sessions.removeIf(session -> session.state() == dev.farcap.session.Session.State.CLOSED);
      if (sessions.isEmpty() || world.chance(0.15)) {
        String label =
            world.chance(0.2) ? "refused" : world.chance(0.2) ? "brief" : "label" + callers.size();
        sessions.add(
            dialler.engine.open(
                SessionRequest.of("sim.Service", Label.of("app", label)),
                world.chance(0.9) ? new byte[] {(byte) world.random.nextInt(100)} : null,
                world.chance(0.1),
                new Quiet()));
      }
      return sessions.get(world.random.nextInt(sessions.size()));
    }

    private void check() {
      for (SimCaller caller : callers) {
        int executed = executions.getOrDefault(caller.nonce(), 0);
        String outcome = caller.outcome();
        outcomes.merge(outcome, 1, Integer::sum);
        assertTrue(executed <= 1, "call " + caller + " was executed " + executed + " times");
        if (outcome.equals("0")) {
          assertEquals(1, executed, "call " + caller + " succeeded");
        }
        if (outcome.endsWith("not-executed") && !outcome.startsWith("12")) {
          assertEquals(0, executed, "call " + caller + " says it was not executed");
        }
        assertTrue(!outcome.equals("none"), "call " + caller + " never ended");
      }
      resumes += counters.resumes.sum();
      assertEquals(0, counters.malformed.sum() + acceptor.counters.malformed.sum(), "malformed");
      assertEquals(0, dialler.engine.calls(), "calls left at the dialler");
      assertEquals(0, counters.bufferedBytes(), "buffered at the dialler");
      assertEquals(0, acceptor.counters.bufferedBytes(), "buffered at the acceptor");
      dialling = false;
      dialler.engine.end("over");
      acceptor.end();
      assertEquals(0, allocator.metric().usedDirectMemory(), "direct memory");
    }
  }

  /// Listens to nothing.
  private static final class Quiet implements OwnSession.Listener {
    @Override
    public void opened() {}

    @Override
    public void closing() {}

    @Override
    public void closed(Failure failure) {}
  }

  static ByteBuf pattern(int length, int nonce) {
    ByteBuf buffer = Unpooled.directBuffer(Math.max(1, length));
    for (int i = 0; i < length; i++) {
      buffer.writeByte(nonce + i);
    }
    return buffer;
  }

  static void assertPattern(ByteBuf buffer, int nonce) {
    for (int i = 0; buffer.isReadable(); i++) {
      assertEquals((byte) (nonce + i), buffer.readByte());
    }
  }
}
