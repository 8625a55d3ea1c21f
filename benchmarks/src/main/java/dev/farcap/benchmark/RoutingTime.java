package dev.farcap.benchmark;

import dev.farcap.routing.Decision;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.LabelPattern;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.Rewrite;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.Rule;
import dev.farcap.routing.Selector;
import dev.farcap.routing.Target;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A decision among many rules with selectors of all kinds, each question for another of them.
record RoutingTime() implements Measurement {
  private static final int RULES = 10_000;
  private static final String ROM = ServiceAlias.ROM.service();
  private static final Provider HOST =
      new Provider(
          "host-b",
          Identity.parse("farcap://bench/host-b"),
          Set.of(ROM),
          List.of("tls://127.0.0.1:1"),
          Health.UP,
          Provider.WEIGHT_DEFAULT);

  @Override
  public String name() {
    return "resolve-10000-rules-microseconds";
  }

  @Override
  public Outcome run(Rounds rounds) {
    List<Rule> rules = new ArrayList<>();
    List<RouteQuery> queries = new ArrayList<>();
    for (int rule = 0; rule < RULES; rule++) {
      rules.add(rule(rule));
      queries.add(new RouteQuery("app1", ROM, Label.of("part-" + rule, "x-" + rule)));
    }
    DirectorySnapshot directory = DirectorySnapshot.of(1, List.of(HOST), rules, List.of());
    rounds.pace().warm(() -> micros(queries, directory));
    List<Double> micros = new ArrayList<>();
    for (int round = 0; round < rounds.pace().rounds(); round++) {
      micros.add(micros(queries, directory));
    }
    return Outcome.alone(name(), "µs", micros);
  }

  private static Rule rule(int number) {
    Selector selector =
        switch (number % 5) {
          case 0 -> pattern("part-" + number + " -> x-" + number, null, null);
          case 1 -> pattern(null, "part-" + number + " -> ", null);
          case 2 -> pattern(null, null, "-> x-" + number);
          case 3 -> new Selector(LabelPattern.ANY, "x-" + number, null);
          default -> pattern(null, "part-", " -> x-" + number);
        };
    return new Rule(
        "bench:" + number,
        null,
        ROM,
        selector,
        List.of(new Target.Named(HOST.identity(), Rewrite.NONE)));
  }

  private static Selector pattern(
      @Nullable String label, @Nullable String prefix, @Nullable String suffix) {
    return Selector.of(new LabelPattern(label, prefix, suffix));
  }

  private static double micros(List<RouteQuery> queries, DirectorySnapshot directory) {
    long begun = System.nanoTime();
    for (RouteQuery query : queries) {
      if (!(Router.route(query, directory) instanceof Decision.Routed)) {
        throw new IllegalStateException("not routed: " + query);
      }
    }
    return (System.nanoTime() - begun) / (double) TimeUnit.MICROSECONDS.toNanos(queries.size());
  }
}
