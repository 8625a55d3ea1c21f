package dev.farcap.stub;

import dev.farcap.session.ObjectRef;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalTransmitter;
import io.grpc.Status;

/// Signals as they come in at a server half.
public final class ServerSignals {
  private ServerSignals() {}

  /// The means to raise a context, to be closed by who keeps them.
  ///
  /// @param field its name in the schema
  /// @param reference what the caller sent
  /// @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if it is no reference
  public static SignalTransmitter transmitter(SignalPort port, String field, byte[] reference) {
    ObjectRef context;
    try {
      context = ObjectRef.parse(reference);
    } catch (IllegalArgumentException e) {
      throw Status.INVALID_ARGUMENT
          .withDescription(field + ": " + e.getMessage())
          .asRuntimeException();
    }
    return port.transmitter(context);
  }
}
