package dev.farcap.routing.consul;

import dev.farcap.config.ConfigException;
import dev.farcap.routing.Directory;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.consul.ConsulAgent.Instance;
import dev.farcap.session.Identity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps what Consul says, as far as it is to be believed.
///
/// Two watches run: one of the realm's keys, one of the providers in the catalog. What they bring
/// is taken over as a whole or not at all. New routes must be signed and numbered higher than those
/// in force; as long as the key that signed these vouches, nothing older is taken, whatever Consul
/// says, and also after a restart.
///
/// *Nothing is forgotten because Consul says nothing.* If it is away, lost its data or says what
/// cannot be used, the last good routes stay, and providers at their last addresses: a writer, or a
/// fault, can withhold news and no more. Whatever goes wrong is one line of the log when it begins
/// to, one when it is over, and stands in [#freshness()] meanwhile.
public final class ConsulDirectory implements Directory {
  private static final Logger LOG = LoggerFactory.getLogger(ConsulDirectory.class);

  /// Nothing is on disk: an answer may be worth waiting for.
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(5);

  private static final DirectorySnapshot NOTHING =
      DirectorySnapshot.of(0, List.of(), List.of(), List.of());

  private final ConsulConfig config;
  private final ConsulNames names;
  private final DirectoryTrust trust;
  private final UnaryOperator<String> addresses;
  private final InstantSource clock;
  private final LastGood lastGood;
  private final ConsulAgent agent;
  private final List<Consumer<DirectorySnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final LongAdder refused = new LongAdder();
  private final Map<Part, String> troubles = new EnumMap<>(Part.class);
  private final Map<Part, Instant> confirmed = new EnumMap<>(Part.class);
  private List<Watch<?>> watches = List.of();
  private @Nullable RouteBook book;
  private Map<Identity, Registration> known;
  private Map<Identity, Registration> catalog;
  private volatile DirectorySnapshot snapshot = NOTHING;
  private volatile Freshness freshness;
  private boolean closed;

  /// What may be in order or not, each by itself.
  private enum Part {
    /// The keys of the realm can be read.
    KEYS("the keys of the realm cannot be read"),
    /// The routes are to be believed, and are good.
    ROUTES("the routes are not taken over"),
    /// The trust bundles are to be believed.
    BUNDLES("the trust bundles are not taken over"),
    /// The revocation list is to be believed.
    REVOCATIONS("the revocation list is not taken over"),
    /// The catalog can be read.
    CATALOG("the providers cannot be read"),
    /// What is registered makes sense.
    REGISTRATIONS("a registration is left out");

    private final String trouble;

    Part(String trouble) {
      this.trouble = trouble;
    }
  }

  private ConsulDirectory(
      ConsulConfig config,
      String realm,
      Path state,
      DirectoryTrust trust,
      UnaryOperator<String> addresses,
      InstantSource clock)
      throws ConsulFailure {
    this.config = config;
    this.names = new ConsulNames(realm);
    this.trust = trust;
    this.addresses = addresses;
    this.clock = clock;
    agent = new ConsulAgent(config);
    lastGood = new LastGood(state);
    known = lastGood.providers();
    catalog = known;
    Instant last = lastGood.confirmed();
    freshness = new Freshness(last == null ? clock.instant() : last, null);
    restore();
  }

  /// Begins with what is on disk, and watches Consul. If nothing is on disk, waits a few seconds
  /// for Consul's first answer; without one the directory is empty until there is one.
  ///
  /// @param realm whose keys and providers
  /// @param state folder of this process, which is there
  /// @param trust judges what Consul says
  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  /// @throws ConsulFailure if files of TLS cannot be used; never because Consul is away
  public static ConsulDirectory open(
      ConsulConfig config,
      String realm,
      Path state,
      DirectoryTrust trust,
      UnaryOperator<String> addresses,
      InstantSource clock)
      throws ConsulFailure {
    ConsulDirectory directory = new ConsulDirectory(config, realm, state, trust, addresses, clock);
    directory.watch();
    return directory;
  }

  /// Asks Consul once.
  ///
  /// @throws ConsulFailure if it does not answer, or has no routes
  /// @throws IllegalArgumentException if its routes are not to be believed; one line
  /// @throws ConfigException if what is written in them is wrong
  public static DirectorySnapshot read(
      ConsulConfig config, String realm, DirectoryTrust trust, UnaryOperator<String> addresses)
      throws ConsulFailure {
    ConsulNames names = new ConsulNames(realm);
    try (ConsulAgent agent = new ConsulAgent(config)) {
      byte[] signed = agent.values(names.prefix(), 0).says().get(names.routes());
      if (signed == null) {
        throw new ConsulFailure(names.routes() + " is not there", true, null);
      }
      RouteBook book = RouteBook.read(signed, names.routes(), trust, addresses);
      Catalog catalog = Catalog.of(agent.instances(names.service(), 0).says(), addresses);
      return book.snapshot(1, catalog.providers());
    }
  }

  private void restore() {
    byte[] signed = lastGood.routes();
    if (signed != null) {
      try {
        book = RouteBook.read(signed, names.routes(), trust, addresses);
        snapshot = book.snapshot(1, known);
        LOG.info("{}: {} of before in force until Consul says more", config, book);
      } catch (IllegalArgumentException | ConfigException e) {
        LOG.warn("{}: the routes of before are not used: {}", config, firstLine(e));
      }
    }
  }

  private void watch() {
    Watch<Map<String, byte[]>> keys =
        new Watch<>(
            "farcap-consul-keys",
            index -> agent.values(names.prefix(), index),
            this::keys,
            failure -> failed(Part.KEYS, failure));
    Watch<List<Instance>> providers =
        new Watch<>(
            "farcap-consul-providers",
            index -> agent.instances(names.service(), index),
            this::providers,
            failure -> failed(Part.CATALOG, failure));
    watches = List.of(keys, providers);
    if (snapshot.number() == 0) {
      try {
        keys.awaitFirst(FIRST_ANSWER);
        providers.awaitFirst(FIRST_ANSWER);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- what it says

  @Override
  public DirectorySnapshot snapshot() {
    return snapshot;
  }

  @Override
  public Freshness freshness() {
    return freshness;
  }

  @Override
  public String source() {
    return config.address() + "/" + names.routes();
  }

  @Override
  public long refused() {
    return refused.sum();
  }

  @Override
  public synchronized Subscription subscribe(Consumer<DirectorySnapshot> listener) {
    listeners.add(listener);
    call(listener);
    return () -> listeners.remove(listener);
  }

  // ---- what Consul says

  private synchronized void keys(Map<String, byte[]> values) {
    if (closed) {
      return;
    }
    mended(Part.KEYS);
    // First: they say which key the routes may be signed with.
    judged(Part.BUNDLES, () -> trust.bundles(names.bundles(values)));
    judged(Part.REVOCATIONS, () -> revocations(values.get(names.revocations())));
    routes(values.get(names.routes()));
    freshen();
  }

  private void revocations(byte @Nullable [] signed) {
    if (signed != null) {
      trust.revocations(signed);
    }
  }

  private void judged(Part part, Runnable judgement) {
    try {
      judgement.run();
      mended(part);
    } catch (IllegalArgumentException e) {
      refuse(part, firstLine(e));
    }
  }

  private void routes(byte @Nullable [] signed) {
    RouteBook inForce = book;
    if (signed == null) {
      trouble(Part.ROUTES, names.routes() + " is not there, or this process may not read it");
      return;
    }
    try {
      if (inForce != null && inForce.is(signed)) {
        trust.routes(signed);
      } else {
        RouteBook read = RouteBook.read(signed, names.routes(), trust, addresses);
        if (inForce != null && isBelieved(inForce)) {
          inForce.checkFollowedBy(read);
        }
        take(read);
      }
      mended(Part.ROUTES);
      confirmed.put(Part.KEYS, clock.instant());
    } catch (IllegalArgumentException | ConfigException e) {
      refuse(Part.ROUTES, firstLine(e));
    }
  }

  /// Routes whose key no longer vouches bind nobody: their number might be a thief's.
  private boolean isBelieved(RouteBook inForce) {
    try {
      trust.routes(inForce.signed());
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private void take(RouteBook read) {
    book = read;
    lastGood.keepRoutes(read.signed());
    LOG.info(
        "{}: {} in force, {} providers, {} rules",
        config,
        read,
        read.says().providers().size(),
        read.says().rules().size());
    update();
    lastGood.keepProviders(known.values(), clock.instant());
  }

  private synchronized void providers(List<Instance> instances) {
    if (closed) {
      return;
    }
    mended(Part.CATALOG);
    Catalog read = Catalog.of(instances, addresses);
    registrations(read.wrong());
    catalog = read.providers();
    update();
    confirmed.put(Part.CATALOG, clock.instant());
    freshen();
  }

  private void registrations(@Nullable String wrong) {
    if (wrong == null) {
      mended(Part.REGISTRATIONS);
    } else {
      refuse(Part.REGISTRATIONS, wrong);
    }
  }

  /// Puts both together, and tells if that is news.
  private void update() {
    RouteBook inForce = book;
    if (inForce == null) {
      return;
    }
    Map<Identity, Registration> before = known;
    known = inForce.known(before, catalog);
    if (!known.equals(before)) {
      lastGood.keepProviders(known.values(), clock.instant());
    }
    DirectorySnapshot next = inForce.snapshot(snapshot.number() + 1, known);
    if (!next.saysTheSameAs(snapshot)) {
      snapshot = next;
      listeners.forEach(this::call);
    }
  }

  private void call(Consumer<DirectorySnapshot> listener) {
    try {
      listener.accept(snapshot);
    } catch (RuntimeException e) {
      LOG.error("{}: a listener failed on routes {}", config, snapshot.number(), e);
    }
  }

  // ---- what is wrong

  private synchronized void failed(Part part, ConsulFailure failure) {
    if (closed) {
      return;
    }
    // What follows the first reason is more of the same, and stands in the status.
    String why = String.valueOf(failure.getMessage());
    if (troubles.put(part, why) == null) {
      warn(part, why);
    }
    freshen();
  }

  private void refuse(Part part, String why) {
    if (!why.equals(troubles.get(part))) {
      refused.increment();
      troubles.put(part, why);
      LOG.error("{}: {}: {}; {} stay in force", config, part.trouble, why, inForce());
    }
  }

  private void trouble(Part part, String why) {
    if (!why.equals(troubles.put(part, why))) {
      warn(part, why);
    }
  }

  private void warn(Part part, String why) {
    LOG.warn("{}: {}: {}; {} stay in force", config, part.trouble, why, inForce());
  }

  private void mended(Part part) {
    if (troubles.remove(part) != null) {
      LOG.info("{}: no longer so: {}", config, part.trouble);
    }
  }

  private String inForce() {
    return book == null ? "no routes" : book.toString();
  }

  /// As old as the older of both watches, which a trouble holds up.
  private void freshen() {
    Instant keys = confirmed.get(Part.KEYS);
    Instant providers = confirmed.get(Part.CATALOG);
    Instant since = freshness.confirmed();
    if (keys != null && providers != null) {
      Instant older = keys.isBefore(providers) ? keys : providers;
      since = older;
      lastGood.confirm(older);
    }
    String trouble =
        troubles.entrySet().stream()
            .map(one -> one.getKey().trouble + ": " + one.getValue())
            .collect(Collectors.joining("\n"));
    freshness = new Freshness(since, trouble.isEmpty() ? null : trouble);
  }

  private static String firstLine(RuntimeException e) {
    if (e instanceof ConfigException wrong) {
      int more = wrong.problems().size() - 1;
      return wrong.problems().getFirst() + (more == 0 ? "" : " (and " + more + " more)");
    }
    return ConsulFailure.oneLine(String.valueOf(e.getMessage()));
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      listeners.clear();
    }
    watches.forEach(Watch::close);
    agent.close();
  }
}
