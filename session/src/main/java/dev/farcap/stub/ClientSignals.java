package dev.farcap.stub;

import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalHandler;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalContext;
import dev.farcap.session.SignalPort.SignalTransmitter;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;

/// The contexts of the signals that were passed by one client half.
///
/// A signal that is passed again keeps its context while that lives. A context lives until its
/// [SignalHandler] is closed, or all of them are. Thread-safe.
public final class ClientSignals implements AutoCloseable {
  private final BiFunction<SessionRequest, LongConsumer, SignalContext> create;
  private final SessionRequest passedTo;
  private final Map<SignalTransmitter, SignalContext> contexts = new HashMap<>();
  private boolean closed;

  private ClientSignals(
      BiFunction<SessionRequest, LongConsumer, SignalContext> create, SessionRequest passedTo) {
    this.create = create;
    this.passedTo = passedTo;
  }

  /// For client halves that pass signals.
  ///
  /// @param port makes the contexts
  /// @param service full gRPC service name of the session by which references travel
  /// @param label of that session, as the port knows it
  public static ClientSignals of(SignalPort port, String service, Label label) {
    return new ClientSignals(port::create, SessionRequest.of(service, label));
  }

  /// For client halves that pass no signals: [#reference] fails.
  public static ClientSignals none() {
    SessionRequest nobody = SessionRequest.of("none", Label.EMPTY);
    return new ClientSignals(
        (_, _) -> {
          throw new UnsupportedOperationException(
              "this client half passes no signals: make it with a SignalPort");
        },
        nobody);
  }

  /// What to put into a message.
  ///
  /// @param signal a handler; or a transmitter that came from elsewhere, to be passed on
  /// @return the binary form of an [dev.farcap.session.ObjectRef]
  /// @throws io.grpc.StatusRuntimeException if the port cannot make a context
  /// @throws IllegalStateException after [#close()]
  /// @throws UnsupportedOperationException if there is no port
  public synchronized byte[] reference(SignalTransmitter signal) {
    if (closed) {
      throw new IllegalStateException("the client half was closed");
    }
    SignalContext known = contexts.get(signal);
    if (known == null || known.isDead()) {
      contexts.values().removeIf(SignalContext::isDead);
      known = create(signal);
      contexts.put(signal, known);
    }
    return known.reference().toBytes();
  }

  private SignalContext create(SignalTransmitter signal) {
    if (signal instanceof SignalHandler handler) {
      SignalContext context = create.apply(passedTo, handler::raise);
      handler.reachedBy(context);
      return context;
    }
    return create.apply(passedTo, (long _) -> signal.submit());
  }

  /// Frees all contexts.
  @Override
  public synchronized void close() {
    closed = true;
    contexts.values().forEach(SignalContext::close);
    contexts.clear();
  }
}
