package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.CuttingDialer.Cut;
import dev.farcap.link.RestlessUser.Ended;
import dev.farcap.link.engine.FrameKind;
import dev.farcap.link.engine.LinkEngine;
import dev.farcap.link.engine.LinkSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A link over TLS is cut a thousand times, before and after frames of every kind in both
/// directions, while both sides call each other: each call is executed once or, where its end says
/// so, perhaps not at all.
final class ExactlyOnceTest {
  private static final int CUTS = Integer.getInteger("farcap.cuts", 1_000);
  private static final int USERS_PER_SIDE = 3;
  private static final LinkSettings SETTINGS =
      new LinkSettings(
          LinkSettings.DEFAULT.limits(),
          Duration.ofSeconds(30),
          Duration.ofMillis(50),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofMillis(100));

  private final CountingService service = new CountingService();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Map<FrameKind, Integer> cuts = new EnumMap<>(FrameKind.class);

  @Test
  @Timeout(180)
  void callsAreExecutedExactlyOnceThroughAThousandCuts() throws Exception {
    TestMedium medium = TestMedium.tls();
    CuttingDialer dialer = new CuttingDialer(medium.dialer());
    List<RestlessUser> users = new ArrayList<>();
    try (LinkPair pair = new LinkPair(medium, SETTINGS, service.definition(), dialer)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < USERS_PER_SIDE; i++) {
        users.add(new RestlessUser("a" + i, i, pair::link, over));
        users.add(new RestlessUser("b" + i, 100 + i, () -> linkOfB(pair), over));
      }
      users.forEach(user -> running.add(pair.workers.submit(user)));

      cutAll(pair, dialer);
      over.set(true);
      for (Future<?> user : running) {
        user.get(60, TimeUnit.SECONDS);
      }

      assertEquals(0, pair.counters.malformed.sum(), "links ended by a broken protocol");
      System.out.println("cuts: " + cuts);
      System.out.println("resumes: " + pair.counters.resumes.sum());
    }
    check(users);
  }

  /// One that is up, else one that may come back.
  private static @Nullable Link linkOfB(LinkPair pair) {
    Link found = null;
    for (Link link : pair.b.links()) {
      if (link.isUp() || (found == null && link.state() != LinkEngine.State.ENDED)) {
        found = link;
      }
    }
    return found;
  }

  private void cutAll(LinkPair pair, CuttingDialer dialer) {
    for (int n = 0; n < CUTS; ) {
      for (FrameKind kind : FrameKind.values()) {
        for (int way = 0; way < 4 && n < CUTS; way++, n++) {
          Cut cut = new Cut(kind, (way & 1) == 0, (way & 2) == 0);
          if (kind == FrameKind.GO_AWAY) {
            cutAtGoAway(pair, dialer, cut);
          } else {
            // Of a link that was up: what a fresh one's lost Hello leaves behind ends by time only.
            LinkPair.await("a link", pair.link()::isUp);
            dialer.arm(cut);
            if (kind == FrameKind.HELLO) {
              pair.cut();
            }
            LinkPair.await("a frame to cut at: " + cut, dialer::hasCut);
          }
          cuts.merge(kind, 1, Integer::sum);
        }
      }
    }
  }

  /// The other kinds come by themselves; this one ends the link, so a new one is dialled.
  private static void cutAtGoAway(LinkPair pair, CuttingDialer dialer, Cut cut) {
    LinkPair.await("a link", pair.link()::isUp);
    List<Link> former = pair.b.links();
    dialer.arm(cut);
    LinkPair.await("a frame to cut at: " + cut, () -> dialer.hasCut() || saysGoAway(pair, cut));
    former.forEach(link -> link.close("its dialler is gone"));
  }

  /// Only a link that is up says it.
  private static boolean saysGoAway(LinkPair pair, Cut cut) {
    if (!cut.outbound()) {
      pair.b.links().forEach(link -> link.drain("test"));
    } else if (pair.link().isUp()) {
      pair.replaceLink();
    }
    return false;
  }

  private void check(List<RestlessUser> users) {
    Map<String, Integer> outcomes = new TreeMap<>();
    int succeeded = 0;
    int unknown = 0;
    for (RestlessUser user : users) {
      for (Ended end : user.ended()) {
        String outcome = end.status().getCode() + " " + end.outcome();
        outcomes.merge(outcome, 1, Integer::sum);
        int executions = service.executions(end.nonce());
        if (end.status().isOk()) {
          succeeded++;
          assertEquals(1, executions, () -> end + " succeeded");
        } else if ("not-executed".equals(end.outcome())) {
          assertEquals(0, executions, () -> end + " was executed");
        } else {
          unknown++;
          assertTrue(executions <= 1, () -> end + " was executed " + executions + " times");
        }
      }
    }
    System.out.println("outcomes: " + outcomes);
    assertTrue(succeeded > CUTS, succeeded + " calls succeeded");
    assertTrue(service.executions() >= succeeded, "executions");
    assertTrue(service.executions() <= succeeded + unknown, "executions");
  }
}
