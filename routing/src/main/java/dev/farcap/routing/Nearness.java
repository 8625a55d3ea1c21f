package dev.farcap.routing;

import static java.util.Comparator.comparingInt;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.session.Identity;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// Which of several providers that serve alike gets a new session.
///
/// Near is who is at most twice as far as the nearest, and a millisecond. Of those that are near,
/// chance decides by weight; then come the others by distance, at last those of weight 0. The
/// chance is a hash of who asks, of the label and of the provider: the same session finds the same
/// provider again, and a provider that comes or goes moves only what it gets or had.
///
/// Source: weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by Schindelhauer and
/// Schomaker 2005).
///
/// @param asker what tells this proxy from others, so that not all choose alike: its identity
/// @param distance nanoseconds of a round trip to a provider, or [#UNKNOWN]
public record Nearness(String asker, ToLongFunction<Identity> distance) {
  /// The distance of a provider that was not measured yet.
  public static final long UNKNOWN = Long.MAX_VALUE;

  private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(1);

  /// Nothing has been measured.
  public static Nearness unmeasured(String asker) {
    return new Nearness(asker, _ -> UNKNOWN);
  }

  /// Candidates of one target, the best first.
  List<Candidate> order(List<Candidate> alike) {
    if (alike.size() == 1) {
      return alike;
    }
    List<Placed> placed = alike.stream().map(this::placed).toList();
    long nearest =
        placed.stream().filter(Placed::counts).mapToLong(Placed::distance).min().orElse(UNKNOWN);
    long near = nearest > UNKNOWN / 4 ? UNKNOWN : 2 * nearest + MARGIN;
    Comparator<Placed> order =
        comparingInt((Placed p) -> p.counts() ? 0 : 1)
            .thenComparingLong(p -> p.distance() <= near ? 0 : p.distance())
            .thenComparingDouble(Placed::lot);
    return placed.stream().sorted(order).map(Placed::candidate).toList();
  }

  /// @param lot the smallest is the best
  private record Placed(Candidate candidate, long distance, double lot) {
    boolean counts() {
      return candidate.provider().weight() > 0;
    }
  }

  private Placed placed(Candidate candidate) {
    Provider provider = candidate.provider();
    long session = mixed(hash(asker) ^ mixed(hash(candidate.label().toString())));
    long hash = mixed(session ^ hash(provider.identity().toString()));
    double chance = ((hash >>> 11) + 0.5) * 0x1p-53; // between 0 and 1, neither of them
    double lot = -Math.log(chance) / Math.max(1, provider.weight());
    return new Placed(candidate, distance.applyAsLong(provider.identity()), lot);
  }

  /// 64 bits of FNV-1a over the characters.
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /// The finalizer of SplitMix64: every bit of the result depends on every bit of the argument.
  private static long mixed(long bits) {
    long first = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    long second = (first ^ (first >>> 27)) * 0x94d049bb133111ebL;
    return second ^ (second >>> 31);
  }
}
