package dev.farcap.rom;

import dev.farcap.rom.RomEffect.Announce;
import dev.farcap.rom.RomEffect.Copy;
import dev.farcap.rom.RomEffect.Discard;
import dev.farcap.rom.RomEffect.End;
import dev.farcap.rom.RomEffect.Raise;
import dev.farcap.rom.RomEffect.Retry;
import dev.farcap.rom.RomEffect.Send;
import io.grpc.Status;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The core of the ROM server: which version every module is at, and who must hear of it.
///
/// A state machine without I/O: events in, [RomEffect]s out. One thread.
///
/// **What is served is never the file.** A module that somebody asks for is copied and hashed on the
/// way; the [PrivateCopy] is what is read from then on, so no writer can tear it. A
/// copy counts only if it is of one moment. Two facts prove that: when it was complete nobody had
/// the file open for writing (the kernel says so), and up to then no event told of a write since
/// the copy began. Who wrote meanwhile has either still the file open, or closed it and so caused
/// an event that is in the queue before the answer is looked at: the shell reads the queue empty
/// before it calls [#copied]. A file that was *replaced* meanwhile is copied again, yet the copy
/// made is a true version and is published: so a writer that never rests starves nobody.
///
///     IDLE ── event ──▶ COPYING ── copied ──▶ IDLE
///      ▲                  │  ▲
///      │           busy, torn │ retry or closed
///      └── copied ──  WAITING ┘
///
/// A file that is open for writing is tried again when it is closed, or after a delay that doubles
/// from 1 ms to 1 s: the kernel tells of a close an instant before the file counts as closed.
///
/// **Numbers never go back.** A number is minted when a copy begins and used if the content
/// changed. A module that is forgotten to make room raises the *floor*: the number of the absent
/// version of modules that nothing is known about, above every number told of them before.
///
/// **Nothing queues.** A watcher is a number, the last one told; what is pending for it is whatever
/// is newest when it is ready.
final class RomCatalog {
  private static final long RETRY_MS_MAX = 1_000;

  /// The doubling ends where the delay reaches its maximum.
  private static final int RETRY_DOUBLINGS_MAX = 10;

  /// What happened to a file.
  enum Touch {
    /// Written to, by somebody who still has it open.
    WRITING,
    /// Closed by somebody who had it open for writing.
    WRITTEN,
    /// Another file or none is there now.
    REPLACED
  }

  private enum Phase {
    IDLE,
    COPYING,
    WAITING
  }

  private final RomConfig config;
  private final LongSupplier numbers;
  private final RomCounters counters;
  private final Consumer<RomEffect> effects;

  /// By name, the least recently asked for first.
  private final Map<String, Module> modules = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<Long, Reader> readers = new HashMap<>();
  private final Map<Long, Watcher> watchers = new HashMap<>();
  private final Map<String, Registration> registrations = new HashMap<>();

  /// Replaced copies that are still being read, oldest first.
  private final Map<Long, Held> replaced = new TreeMap<>();

  private final Map<String, RomVersion> remembered;
  private long replacedBytes;
  private long floor;

  /// @param numbers mints a version number above all before
  /// @param remembered versions of a run that ended in order, by module: content that is still the
  ///   same keeps its number
  RomCatalog(
      RomConfig config,
      LongSupplier numbers,
      Map<String, RomVersion> remembered,
      RomCounters counters,
      Consumer<RomEffect> effects) {
    this.config = config;
    this.numbers = numbers;
    this.remembered = new HashMap<>(remembered);
    this.counters = counters;
    this.effects = effects;
    this.floor = numbers.getAsLong();
  }

  /// Something happened to the file of this name; of no consequence unless it is in use.
  void touched(String name, Touch touch) {
    Module module = known(name);
    if (module == null) {
      return;
    }
    if (module.phase == Phase.COPYING) {
      module.modified |= touch != Touch.REPLACED;
      module.again |= touch != Touch.WRITING;
    } else if (touch != Touch.WRITING) {
      copy(module);
    }
  }

  /// Anything may have happened to everything in the folder `path` and below; empty: to all.
  void touchedBelow(String path) {
    for (String name : List.copyOf(modules.keySet())) {
      if (path.isEmpty() || name.startsWith(path + "/")) {
        // A write may be among what was missed: a copy in progress cannot be trusted.
        touched(name, Touch.WRITTEN);
      }
    }
  }

  /// The answer to a [Copy].
  void copied(String name, long copy, CopyResult result) {
    Module module = known(name);
    if (module == null || module.phase != Phase.COPYING || module.copying != copy) {
      throw new IllegalStateException("copy " + copy + " of '" + name + "' was not asked for");
    }
    boolean settled =
        switch (result) {
          case CopyResult.Content content -> publishIfWhole(module, content);
          case CopyResult.Missing() -> publishAbsent(module);
          case CopyResult.Failed(Status status) -> fail(module, status);
          case CopyResult.Busy() -> discarded();
        };
    boolean again = module.again;
    module.phase = Phase.IDLE;
    if (again) {
      copy(module);
    } else if (settled) {
      module.doublings = 0;
    } else {
      waitFor(module);
    }
  }

  /// The delay of a [Retry] is over.
  void retry(String name) {
    Module module = known(name);
    if (module != null && module.phase == Phase.WAITING) {
      copy(module);
    }
  }

  /// A reader asks for the newest version of a module.
  ///
  /// @param call chosen by the shell, not used before
  /// @param have number of the version it holds, 0 for none
  /// @param offset bytes it holds of that
  void read(long call, String name, long have, long offset) {
    if (readers.size() >= config.watchersMax()) {
      refuse(call, "readers", config.watchersMax());
      return;
    }
    Module module = use(name);
    if (module == null) {
      refuse(call, "modules in use", config.modulesMax());
      return;
    }
    Reader reader = new Reader(call, module, have, offset);
    readers.put(call, reader);
    module.users.add(call);
    if (module.current != null) {
      begin(reader, module.current);
    }
  }

  /// The reader has got everything or is gone.
  void readEnded(long call) {
    Reader reader = readers.remove(call);
    if (reader != null) {
      reader.module.users.remove(call);
      release(reader);
    }
  }

  /// A watcher asks to be told; nothing is until it is ready.
  ///
  /// @param have number of the version it has, 0 for none
  void watch(long call, String name, long have) {
    if (watchers.size() >= config.watchersMax()) {
      refuse(call, "watchers", config.watchersMax());
      return;
    }
    Module module = use(name);
    if (module == null) {
      refuse(call, "modules in use", config.modulesMax());
      return;
    }
    watchers.put(call, new Watcher(call, module, have));
    module.users.add(call);
  }

  /// The watcher takes one more version.
  void watchReady(long call) {
    Watcher watcher = watchers.get(call);
    if (watcher != null) {
      watcher.ready = true;
      announce(watcher);
    }
  }

  /// The watcher is gone.
  void watchEnded(long call) {
    Watcher watcher = watchers.remove(call);
    if (watcher != null) {
      watcher.module.users.remove(call);
    }
  }

  /// Registers a signal under a key, instead of the one registered there before.
  ///
  /// @param have number of the version its owner has, 0 for none
  /// @return OK, or why not
  Status sigh(String key, String name, long have) {
    boolean added = !registrations.containsKey(key);
    if (added && registrations.size() >= config.watchersMax()) {
      return refusal("registered signals", config.watchersMax());
    }
    Module module = use(name);
    if (module == null) {
      return refusal("modules in use", config.modulesMax());
    }
    sighEnded(key);
    Registration registration = new Registration(key, module, have);
    registrations.put(key, registration);
    module.signals.put(key, registration);
    raise(registration);
    return Status.OK;
  }

  /// The owner of the signal is gone.
  void sighEnded(String key) {
    Registration registration = registrations.remove(key);
    if (registration != null) {
      registration.module.signals.remove(key);
    }
  }

  /// The versions of all modules in use that have content, to be [remembered](#RomCatalog).
  Map<String, RomVersion> present() {
    Map<String, RomVersion> versions = new HashMap<>();
    modules.forEach(
        (name, module) -> {
          if (module.current != null && !module.current.version.absent()) {
            versions.put(name, module.current.version);
          }
        });
    return versions;
  }

  // ---- modules

  private @Nullable Module use(String name) {
    Module module = modules.get(name);
    if (module != null) {
      if (module.current == null && module.phase == Phase.IDLE) {
        copy(module);
      }
      return module;
    }
    if (modules.size() >= config.modulesMax() && !forgetOne()) {
      return null;
    }
    Module fresh = new Module(name);
    modules.put(name, fresh);
    copy(fresh);
    return fresh;
  }

  private boolean forgetOne() {
    for (Module module : modules.values()) {
      if (module.isUnused()) {
        modules.remove(module.name);
        floor = numbers.getAsLong();
        if (module.current != null) {
          retire(module.current);
        }
        return true;
      }
    }
    return false;
  }

  /// Does not count as being asked for.
  private @Nullable Module known(String name) {
    // An access-ordered map moves on get; iteration order only matters for forgetting, and a
    // module whose file changes is as good a reason to stay as any.
    return modules.get(name);
  }

  private void copy(Module module) {
    module.phase = Phase.COPYING;
    module.modified = false;
    module.again = false;
    module.copying = numbers.getAsLong();
    effects.accept(new Copy(module.name, module.copying));
  }

  private void waitFor(Module module) {
    module.phase = Phase.WAITING;
    long delayMs = Math.min(RETRY_MS_MAX, 1L << module.doublings);
    module.doublings = Math.min(RETRY_DOUBLINGS_MAX, module.doublings + 1);
    effects.accept(new Retry(module.name, delayMs));
  }

  private boolean discarded() {
    counters.discarded.increment();
    return false;
  }

  private boolean publishIfWhole(Module module, CopyResult.Content content) {
    PrivateCopy copy = new PrivateCopy(module.copying, content.small());
    if (module.modified) {
      discard(copy);
      return discarded();
    }
    RomVersion fresh = RomVersion.present(module.copying, content.length(), content.sha256());
    Held current = module.current;
    RomVersion before = remembered.remove(module.name);
    if (current != null && current.version.sameContent(fresh)) {
      discard(copy);
    } else if (current == null && before != null && before.sameContent(fresh)) {
      publish(module, new Held(before, copy));
    } else {
      publish(module, new Held(fresh, copy));
    }
    return true;
  }

  private void discard(PrivateCopy copy) {
    if (copy.small() == null) {
      effects.accept(new Discard(copy.number()));
    }
  }

  private boolean publishAbsent(Module module) {
    remembered.remove(module.name);
    if (module.current == null) {
      publish(module, new Held(RomVersion.absent(floor), PrivateCopy.NOTHING));
    } else if (!module.current.version.absent()) {
      publish(module, new Held(RomVersion.absent(module.copying), PrivateCopy.NOTHING));
    }
    return true;
  }

  private boolean fail(Module module, Status status) {
    counters.unreadable.increment();
    if (module.current == null) {
      for (long call : List.copyOf(module.users)) {
        readEnded(call);
        watchEnded(call);
        effects.accept(new End(call, status));
      }
    }
    // A file that is too large or not ours to read stays so until it is touched; but one that could
    // not be read once is worth another look.
    return status.getCode() != Status.Code.UNAVAILABLE || module.isUnused();
  }

  private void publish(Module module, Held held) {
    Held before = module.current;
    module.current = held;
    counters.published.increment();
    for (long call : List.copyOf(module.users)) {
      Watcher watcher = watchers.get(call);
      Reader reader = readers.get(call);
      if (watcher != null) {
        announce(watcher);
      } else if (reader != null && reader.held == null) {
        begin(reader, held);
      }
    }
    module.signals.values().forEach(this::raise);
    if (before != null) {
      retire(before);
    }
  }

  // ---- who hears of it

  private void announce(Watcher watcher) {
    Held current = watcher.module.current;
    if (watcher.ready && current != null && current.version.number() != watcher.told) {
      watcher.told = current.version.number();
      watcher.ready = false;
      effects.accept(new Announce(watcher.call, current.version, current.copy));
    }
  }

  private void raise(Registration registration) {
    Held current = registration.module.current;
    if (current != null && current.version.number() != registration.told) {
      registration.told = current.version.number();
      effects.accept(new Raise(registration.key));
    }
  }

  private void begin(Reader reader, Held held) {
    RomVersion version = held.version;
    boolean resumes = reader.have == version.number();
    if (resumes && reader.offset > version.length()) {
      readEnded(reader.call);
      effects.accept(
          new End(
              reader.call,
              Status.OUT_OF_RANGE.withDescription(
                  "offset %d lies beyond version %d, which is %d bytes"
                      .formatted(reader.offset, version.number(), version.length()))));
      return;
    }
    reader.held = held;
    held.readers.add(reader.call);
    effects.accept(new Send(reader.call, version, held.copy, resumes ? reader.offset : 0));
  }

  private void refuse(long call, String what, long limit) {
    effects.accept(new End(call, refusal(what, limit)));
  }

  private Status refusal(String what, long limit) {
    counters.refused.increment();
    return Status.RESOURCE_EXHAUSTED.withDescription("too many " + what + ", limit " + limit);
  }

  // ---- replaced copies

  private void retire(Held held) {
    if (held.version.absent()) {
      return;
    }
    discard(held.copy);
    if (!held.readers.isEmpty()) {
      replaced.put(held.copy.number(), held);
      replacedBytes += held.version.length();
      makeRoom();
    }
  }

  private void makeRoom() {
    while (replacedBytes > config.replacedBytesMax()) {
      Held oldest = replaced.values().iterator().next();
      for (long call : List.copyOf(oldest.readers)) {
        readEnded(call);
        counters.aborted.increment();
        effects.accept(
            new End(
                call,
                Status.ABORTED.withDescription(
                    "version " + oldest.version.number() + " was replaced: read again")));
      }
    }
  }

  private void release(Reader reader) {
    Held held = reader.held;
    if (held != null) {
      held.readers.remove(reader.call);
      if (held.readers.isEmpty() && replaced.remove(held.copy.number()) != null) {
        replacedBytes -= held.version.length();
      }
    }
  }

  private static final class Module {
    final String name;
    final Set<Long> users = new LinkedHashSet<>();
    final Map<String, Registration> signals = new LinkedHashMap<>();
    @Nullable Held current;
    Phase phase = Phase.IDLE;
    long copying;
    boolean modified;
    boolean again;
    int doublings;

    Module(String name) {
      this.name = name;
    }

    boolean isUnused() {
      return users.isEmpty() && signals.isEmpty() && phase != Phase.COPYING;
    }
  }

  /// A version, the copy that has its bytes and those who read it.
  private record Held(RomVersion version, PrivateCopy copy, Set<Long> readers) {
    Held(RomVersion version, PrivateCopy copy) {
      this(version, copy, new LinkedHashSet<>());
    }
  }

  private static final class Reader {
    final long call;
    final Module module;
    final long have;
    final long offset;
    @Nullable Held held;

    Reader(long call, Module module, long have, long offset) {
      this.call = call;
      this.module = module;
      this.have = have;
      this.offset = offset;
    }
  }

  private static final class Watcher {
    final long call;
    final Module module;
    long told;
    boolean ready;

    Watcher(long call, Module module, long told) {
      this.call = call;
      this.module = module;
      this.told = told;
    }
  }

  private static final class Registration {
    final String key;
    final Module module;
    long told;

    Registration(String key, Module module, long told) {
      this.key = key;
      this.module = module;
      this.told = told;
    }
  }
}
