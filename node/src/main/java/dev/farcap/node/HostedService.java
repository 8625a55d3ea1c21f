package dev.farcap.node;

import dev.farcap.session.SignalPort;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;

/// A service that a program serves from within its own process: what stands behind a backend
/// `{hosted: SERVICE}`.
///
/// ```java
/// Map.of("greeter", HostedService.of(new Greeter()))
/// Map.of("sensor", signals -> new Sensor(signals).bindService())
/// ```
///
/// Its calls come only in sessions that the gate has accepted; who calls is
/// [dev.farcap.session.SessionCaller#current()]. What it keeps for a session it frees when
/// [dev.farcap.session.SessionEnd#current()] tells; a [dev.farcap.stub.SessionTable] does so by
/// itself. Each callback of a call runs on a virtual thread, those of one call one after the other,
/// those of different calls at the same time: it may block and must be thread-safe, as at any gRPC
/// server.
@FunctionalInterface
public interface HostedService {
  /// Makes the service. Called when its node starts, and when a changed configuration names it
  /// anew.
  ///
  /// @param signals raises what clients pass in messages, and makes contexts to pass to them; for a
  ///   context name the session by its service and the caller's label
  ServerServiceDefinition bind(SignalPort signals);

  /// A service that has nothing to do with signals.
  static HostedService of(BindableService service) {
    return _ -> service.bindService();
  }
}
