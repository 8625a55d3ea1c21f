package dev.farcap.link;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.Peer;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort.SignalContext;
import io.grpc.ServerMethodDefinition;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The signal contexts that live in this process, and the gate to them.
///
/// A context is honoured only for the identity it was made for; whoever asks for another one, a
/// dead one or one of a former run learns only that there is none. Thread-safe.
final class SignalContexts {
  /// What the reference of a context says it understands.
  static final String SERVICE = "farcap.signal.v1.Signals";

  /// A counter, a handler and a table entry each: a few megabytes at the bound.
  private static final int CONTEXTS_MAX = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(SignalContexts.class);

  private final KeyId ownKey;
  private final Id128 epoch;
  private final RandomGenerator random;
  private final Map<Id128, Context> contexts = new ConcurrentHashMap<>();

  SignalContexts(KeyId ownKey, Id128 epoch, RandomGenerator random) {
    this.ownKey = ownKey;
    this.epoch = epoch;
    this.random = random;
  }

  /// Makes a context.
  ///
  /// @param raiser who may raise it
  /// @param handler receives the edges since its last run; never two runs at a time
  /// @throws io.grpc.StatusRuntimeException at the bound
  SignalContext create(Identity raiser, LongConsumer handler) {
    if (contexts.size() >= CONTEXTS_MAX) {
      throw Failure.notExecuted(
              Failure.Kind.OVERLOADED, "this process has " + CONTEXTS_MAX + " signal contexts")
          .exception("link");
    }
    ObjectRef reference = new ObjectRef(ownKey, epoch, Id128.mint(random), SERVICE);
    Context context = new Context(reference, raiser, handler);
    contexts.put(reference.id(), context);
    return context;
  }

  /// Whether a reference names an object of this process.
  boolean isLocal(ObjectRef reference) {
    return reference.host().equals(ownKey) && reference.epoch().equals(epoch);
  }

  /// Raises a context of this process from within.
  void raise(ObjectRef reference) {
    Context context = contexts.get(reference.id());
    if (context != null) {
      context.raised(1);
    }
  }

  /// Decides a session on an object.
  Decision decide(SessionRequest request, ObjectRef reference, Peer peer) {
    Context context = isLocal(reference) ? contexts.get(reference.id()) : null;
    if (context == null
        || !context.raiser.equals(peer.identity())
        || !request.service().equals(SERVICE)) {
      return new Decision.Refused(
          Failure.notExecuted(Failure.Kind.REFUSED, "there is no such object for you"));
    }
    return new Decision.Accepted(
        Label.EMPTY, Quota.DEFAULT, peer.certificateExpires(), context::host);
  }

  int size() {
    return contexts.size();
  }

  /// One context: a counter of edges however often it is raised.
  private final class Context implements SignalContext {
    private final ObjectRef reference;
    private final Identity raiser;
    private final LongConsumer handler;
    private final Set<SessionControl> holders = ConcurrentHashMap.newKeySet();
    private final AtomicLong pending = new AtomicLong();
    private volatile boolean closed;

    Context(ObjectRef reference, Identity raiser, LongConsumer handler) {
      this.reference = reference;
      this.raiser = raiser;
      this.handler = handler;
    }

    @Override
    public ObjectRef reference() {
      return reference;
    }

    @Override
    public boolean isDead() {
      return closed;
    }

    /// Adds edges; the thread that finds none pending runs the handler until none is left. A peer
    /// chooses how many: they end at the greatest number there is.
    void raised(long edges) {
      if (edges > 0 && !closed && pending.getAndAccumulate(edges, Context::sum) == 0) {
        for (long told = pending.get(); told > 0; told = pending.addAndGet(-told)) {
          tell(told);
        }
      }
    }

    private static long sum(long one, long other) {
      return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    /// A handler that fails once is told of later edges all the same.
    private void tell(long edges) {
      try {
        handler.accept(edges);
      } catch (RuntimeException e) {
        LOG.error("the handler of a signal context failed", e);
      }
    }

    SessionHost host(SessionControl control) {
      holders.add(control);
      if (closed) {
        control.end(gone());
      }
      return new Holder(control);
    }

    @Override
    public void close() {
      closed = true;
      contexts.remove(reference.id());
      holders.forEach(holder -> holder.end(gone()));
    }

    private static Failure gone() {
      return Failure.notExecuted(Failure.Kind.DISCONNECTED, "the object is gone");
    }

    /// One session on the context.
    private final class Holder implements SessionHost {
      private final SessionControl control;
      private long seen;

      Holder(SessionControl control) {
        this.control = control;
      }

      @Override
      public @Nullable ServerMethodDefinition<?, ?> method(String name) {
        return null;
      }

      @Override
      public void signalled(long count) {
        raised(count - seen);
        seen = count;
      }

      @Override
      public void closed(String reason) {
        holders.remove(control);
      }
    }
  }
}
