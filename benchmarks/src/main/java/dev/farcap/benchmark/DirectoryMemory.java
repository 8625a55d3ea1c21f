package dev.farcap.benchmark;

import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.LabelPattern;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.Rewrite;
import dev.farcap.routing.Rule;
import dev.farcap.routing.Selector;
import dev.farcap.routing.Target;
import dev.farcap.session.Identity;
import dev.farcap.session.ServiceAlias;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Heap that a directory of many providers takes, with a rule for each; after a collection.
record DirectoryMemory() implements Measurement {
  private static final int PROVIDERS = 10_000;
  private static final double MIB = 1 << 20;

  @Override
  public String name() {
    return "directory-10000-providers-mib";
  }

  @Override
  public Outcome run(Rounds rounds) {
    List<Double> held = new ArrayList<>();
    for (int round = 0; round < rounds.pace().rounds(); round++) {
      long before = heapBytes();
      DirectorySnapshot directory = directory();
      try {
        held.add((heapBytes() - before) / MIB);
      } finally {
        Reference.reachabilityFence(directory);
      }
    }
    return Outcome.alone(name(), "MiB", held);
  }

  private static DirectorySnapshot directory() {
    List<Provider> providers = new ArrayList<>();
    List<Rule> rules = new ArrayList<>();
    for (int number = 0; number < PROVIDERS; number++) {
      String name = "host-" + number;
      Identity identity = new Identity("bench", name);
      providers.add(
          new Provider(
              name,
              identity,
              Set.of(ServiceAlias.ROM.service(), ServiceAlias.LOG.service(), "acme.S" + number),
              List.of("quic://" + name + ".example:7443", "tls://" + name + ".example:7443"),
              Health.UP,
              Provider.WEIGHT_DEFAULT));
      rules.add(
          new Rule(
              "bench:" + number,
              null,
              null,
              Selector.of(new LabelPattern(null, name + " -> ", null)),
              List.of(new Target.Named(identity, Rewrite.NONE))));
    }
    return DirectorySnapshot.of(1, providers, rules, List.of());
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
