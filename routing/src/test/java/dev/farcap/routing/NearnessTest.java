package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Who of those that serve alike gets a session.
class NearnessTest {
  private static final int SESSIONS = 20_000;

  @Test
  void sharesFollowTheWeights() {
    Map<String, Long> sessions = shares(provider("b", 100), provider("c", 300), provider("d", 100));

    assertEquals(0.2, shareOf("b", sessions), 0.01);
    assertEquals(0.6, shareOf("c", sessions), 0.01);
    assertEquals(0.2, shareOf("d", sessions), 0.01);
  }

  @Test
  void ofWeightZeroOnlyWhereNobodyElseIs() {
    assertEquals(Set.of("b"), shares(provider("b", 1), provider("c", 0)).keySet());
    assertEquals(Set.of("c"), shares(provider("c", 0)).keySet());
    assertEquals(Set.of("c", "d"), shares(provider("c", 0), provider("d", 0)).keySet());
  }

  @Test
  void whoLeavesMovesOnlyItsOwnSessions() {
    Nearness nearness = Nearness.unmeasured("farcap://lab/a");
    Provider b = provider("b", 100);
    Provider c = provider("c", 200);
    Provider d = provider("d", 50);
    for (int session = 0; session < 1_000; session++) {
      String with = first(nearness, session, b, c, d);
      String without = first(nearness, session, b, c);

      assertTrue(with.equals("d") || with.equals(without), with + " became " + without);
    }
  }

  @Test
  void theSameSessionFindsTheSameProviderAndAnotherProxyChoosesForItself() {
    Provider b = provider("b", 100);
    Provider c = provider("c", 100);
    List<String> here = new ArrayList<>();
    List<String> again = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();
    for (int session = 0; session < 100; session++) {
      here.add(first(Nearness.unmeasured("farcap://lab/a"), session, b, c));
      again.add(first(Nearness.unmeasured("farcap://lab/a"), session, c, b));
      elsewhere.add(first(Nearness.unmeasured("farcap://lab/z"), session, b, c));
    }

    assertEquals(here, again);
    assertTrue(!here.equals(elsewhere), elsewhere::toString);
  }

  @Test
  void whoIsMuchFartherComesLaterByDistance() {
    assertEquals("b c d", inOrder(Map.of("b", 1_000, "c", 3_001, "d", 3_002)));
    assertEquals("d c b", inOrder(Map.of("b", 90_000, "c", 41_000, "d", 10)));
  }

  @Test
  void whoWasNotMeasuredComesAfterWhoWas() {
    assertEquals("c b", inOrder(Map.of("b", -1, "c", 900_000)));
  }

  @Test
  void amongThoseThatAreNearDistanceDoesNotCount() {
    Map<String, Long> sessions =
        count(nearness(Map.of("b", 500, "c", 1_900)), provider("b", 100), provider("c", 100));

    assertEquals(0.5, shareOf("b", sessions), 0.02);
  }

  private static Map<String, Long> shares(Provider... providers) {
    return count(Nearness.unmeasured("farcap://lab/a"), providers);
  }

  private static double shareOf(String name, Map<String, Long> sessions) {
    return sessions.getOrDefault(name, 0L) / (double) SESSIONS;
  }

  private static Map<String, Long> count(Nearness nearness, Provider... providers) {
    return IntStream.range(0, SESSIONS)
        .mapToObj(session -> first(nearness, session, providers))
        .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
  }

  private static String first(Nearness nearness, int session, Provider... providers) {
    return nearness.order(candidates("s" + session, providers)).getFirst().provider().name();
  }

  /// @param micros -1 for not measured
  private static String inOrder(Map<String, Integer> micros) {
    Provider[] providers =
        micros.keySet().stream().map(name -> provider(name, 100)).toArray(Provider[]::new);
    return nearness(micros).order(candidates("s", providers)).stream()
        .map(c -> c.provider().name())
        .collect(Collectors.joining(" "));
  }

  private static Nearness nearness(Map<String, Integer> micros) {
    return new Nearness(
        "farcap://lab/a",
        id -> {
          int known = micros.getOrDefault(id.path(), -1);
          return known < 0 ? Nearness.UNKNOWN : known * 1_000L;
        });
  }

  private static List<Candidate> candidates(String label, Provider... providers) {
    return List.of(providers).stream()
        .map(p -> new Candidate(p, Label.of("app", label), 0))
        .toList();
  }

  private static Provider provider(String name, int weight) {
    return new Provider(
        name, new Identity("lab", name), Set.of("s.One"), List.of(), Health.UP, weight);
  }
}
