package dev.farcap.link;

import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.Peer;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Signals over the links of one endpoint: the native implementation of [SignalPort].
///
/// A context lives here; a transmitter is a session opened on the context at its host, over
/// whichever link leads to that run of it.
final class LinkSignals implements SignalPort {
  private final LinkEndpoint endpoint;
  private final SignalContexts contexts;
  private final Function<SessionRequest, Identity> recipient;

  LinkSignals(
      LinkEndpoint endpoint,
      SignalContexts contexts,
      Function<SessionRequest, Identity> recipient) {
    this.endpoint = endpoint;
    this.contexts = contexts;
    this.recipient = recipient;
  }

  @Override
  public SignalContext create(SessionRequest passedTo, LongConsumer handler) {
    return contexts.create(recipient.apply(passedTo), handler);
  }

  @Override
  public SignalTransmitter transmitter(ObjectRef context) {
    if (contexts.isLocal(context)) {
      return new Local(context);
    }
    Link link = linkTo(context);
    return new Remote(
        link == null
            ? null
            : link.open(new SessionRequest(context.service(), Label.EMPTY, context), null, false));
  }

  private @Nullable Link linkTo(ObjectRef context) {
    Link found = null;
    for (Link link : endpoint.links()) {
      Peer peer = link.peer();
      if (peer != null
          && peer.holderKey().equals(context.host())
          && context.epoch().equals(link.peerEpoch())
          && (found == null || link.isUp())) {
        found = link;
      }
    }
    return found;
  }

  /// Raises a context of this process.
  private final class Local implements SignalTransmitter {
    private final ObjectRef context;

    Local(ObjectRef context) {
      this.context = context;
    }

    @Override
    public void submit() {
      contexts.raise(context);
    }

    @Override
    public boolean isDead() {
      return false;
    }

    @Override
    public void close() {}
  }

  /// Raises a context of a peer; without link to it, nothing.
  private static final class Remote implements SignalTransmitter {
    private final @Nullable Session session;
    private volatile boolean dead;

    Remote(@Nullable Session session) {
      this.session = session;
      dead = session == null;
      if (session != null) {
        session.onClosed((Failure _) -> dead = true);
      }
    }

    @Override
    public void submit() {
      if (session != null) {
        session.submit();
      }
    }

    @Override
    public boolean isDead() {
      return dead;
    }

    @Override
    public void close() {
      if (session != null) {
        session.close(CloseReason.UNUSED);
      }
    }
  }
}
