package dev.farcap.client;

import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.Reflection;
import dev.farcap.discovery.ReflectionClient;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The protobuf files that a program may see under one label: those of the door's own services, and
/// of each service for which there are a rule and a grant.
///
/// **Theory.** A file may define several services, of which each server-proxy shows only the one
/// whose session asks. A program keeps the first file of a name that it gets. So the files of all
/// visible services of a provider are fetched together, and their cuts joined, before the first
/// answer about that provider; within a stream a file then never changes, until what is visible
/// does.
///
/// A symbol that belongs to a visible service is asked of that service's provider. Anything else (a
/// message, a file, what is denied, what does not exist) is looked for among the files of all
/// visible services: what a question costs depends on what is visible, never on what is denied.
///
/// One for each stream of reflection. On the door's loop only.
final class Catalog implements Reflection.Source {
  /// Less than a program has patience.
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /// Questions under way for one stream.
  private static final int AT_ONCE = 8;

  /// Stands for what needs no asking.
  private static final String AT_HAND = "";

  private final Reach reach;
  private final Set<String> own;
  private final FileSet atHand;
  private final CompanionSessions sessions;
  private final Label label;

  /// Visible services and their providers, as last seen.
  private Map<String, String> visible = Map.of();

  /// What providers have told about those.
  private final Map<String, CompletableFuture<Described>> described = new LinkedHashMap<>();

  /// @param own services of the door itself
  /// @param atHand files that define those and whatever else is known without asking
  /// @param label of sessions, the listener's name first
  Catalog(Reach reach, Set<String> own, FileSet atHand, CompanionSessions sessions, Label label) {
    this.reach = reach;
    this.own = own;
    this.atHand = atHand;
    this.sessions = sessions;
    this.label = label;
  }

  /// What one provider told.
  ///
  /// @param failed services that it does not describe, and why
  private record Described(FileSet files, Map<String, Throwable> failed) {}

  // ---- questions

  @Override
  public Set<String> services() {
    Set<String> services = new TreeSet<>(own);
    services.addAll(reach.services(label));
    return services;
  }

  @Override
  public CompletableFuture<FileSet> defining(String symbol) {
    look();
    String service = visibleServiceOf(symbol);
    return service == null
        ? where(files -> files.defining(symbol) != null)
        : described(visible.getOrDefault(service, AT_HAND))
            .thenApply(told -> filesOf(service, told));
  }

  /// A symbol is a service's if it is the service or one of its methods.
  private @Nullable String visibleServiceOf(String symbol) {
    if (visible.containsKey(symbol)) {
      return symbol;
    }
    String parent = symbol.substring(0, Math.max(symbol.lastIndexOf('.'), 0));
    return visible.containsKey(parent) ? parent : null;
  }

  private static FileSet filesOf(String service, Described told) {
    Throwable failure = told.failed().get(service);
    if (failure != null) {
      throw new CompletionException(failure);
    }
    return told.files();
  }

  @Override
  public CompletableFuture<FileSet> where(Predicate<FileSet> wanted) {
    look();
    Set<String> order = new LinkedHashSet<>(described.keySet());
    order.addAll(new TreeSet<>(visible.values()));
    return search(new ArrayDeque<>(order), wanted);
  }

  /// One provider after the other, those first that have answered already.
  private CompletableFuture<FileSet> search(Queue<String> providers, Predicate<FileSet> wanted) {
    String provider = providers.poll();
    if (provider == null) {
      return CompletableFuture.completedFuture(FileSet.EMPTY);
    }
    return described(provider)
        .thenCompose(
            told ->
                wanted.test(told.files())
                    ? CompletableFuture.completedFuture(told.files())
                    : search(providers, wanted));
  }

  // ---- what is visible

  /// Forgets what was told when something else is visible now.
  private void look() {
    Map<String, String> now = new TreeMap<>();
    own.forEach(service -> now.put(service, AT_HAND));
    for (String service : reach.services(label)) {
      if (atHand.defining(service) != null) {
        now.put(service, AT_HAND);
      } else {
        reach
            .place(SessionRequest.of(service, label))
            .ifPresent(place -> now.put(service, place.provider()));
      }
    }
    if (!now.equals(visible)) {
      visible = now;
      described.clear();
    }
  }

  private CompletableFuture<Described> described(String provider) {
    CompletableFuture<Described> known = described.get(provider);
    if (known == null) {
      known = provider.equals(AT_HAND) ? near() : new Gathering(servicesOf(provider)).gather();
      described.put(provider, known);
    }
    return known;
  }

  private CompletableFuture<Described> near() {
    return CompletableFuture.completedFuture(
        new Described(atHand.only(visible::containsKey), Map.of()));
  }

  private Queue<String> servicesOf(String provider) {
    return visible.entrySet().stream()
        .filter(entry -> entry.getValue().equals(provider))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(ArrayDeque::new));
  }

  /// Asks one provider for its services, some at a time.
  private final class Gathering {
    private final Queue<String> waiting;
    private final Map<String, Throwable> failed = new HashMap<>();
    private final CompletableFuture<Described> gathered = new CompletableFuture<>();
    private final Map<String, FileSet> told = new TreeMap<>();
    private int underWay;

    Gathering(Queue<String> services) {
      waiting = services;
    }

    CompletableFuture<Described> gather() {
      next();
      return gathered;
    }

    private void next() {
      while (underWay < AT_ONCE && !waiting.isEmpty()) {
        String service = waiting.remove();
        underWay++;
        var _ = ask(service).whenComplete((files, failure) -> take(service, files, failure));
      }
      if (underWay == 0) {
        gathered.complete(new Described(joined(), failed));
      }
    }

    private CompletableFuture<FileSet> ask(String service) {
      try {
        CompanionSessions.Use use = sessions.use(SessionRequest.of(service, label));
        return ReflectionClient.files(use.channel(), service, PATIENCE)
            .whenComplete((_, _) -> use.close());
      } catch (StatusRuntimeException refused) {
        return CompletableFuture.failedFuture(refused);
      }
    }

    private void take(String service, @Nullable FileSet files, @Nullable Throwable failure) {
      underWay--;
      if (files == null) {
        failed.put(service, failure == null ? new IllegalStateException("no answer") : failure);
      } else {
        told.put(service, files);
      }
      next();
    }

    /// In the order of names, not of arrival, so that the same files come out each time.
    private FileSet joined() {
      FileSet files = FileSet.EMPTY;
      for (Map.Entry<String, FileSet> each : told.entrySet()) {
        try {
          // A server-proxy cuts its answers down; one that did not would show what is denied.
          files = files.with(each.getValue().only(each.getKey()::equals));
        } catch (IllegalArgumentException tooMany) {
          failed.put(
              each.getKey(),
              Status.RESOURCE_EXHAUSTED.withDescription(tooMany.getMessage()).asRuntimeException());
        }
      }
      return files;
    }
  }
}
