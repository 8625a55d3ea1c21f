package dev.farcap.server;

import dev.farcap.door.Arrivals;
import dev.farcap.door.Caller;
import dev.farcap.door.Door;
import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorHealth;
import dev.farcap.door.DoorLimits;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.List;

/// The `local` listener of a server-proxy: serves the servers behind it, for instance signals.
public final class LocalListener {
  private LocalListener() {}

  /// Opens it. Blocks until it listens; not to be called on the loop.
  ///
  /// @param arrivals of the process
  /// @param services to serve besides health, which knows exactly these
  /// @param watcher learns of connections that end
  /// @throws IOException with one line that names the address and what is wrong
  public static Door open(
      String name,
      DoorAddress.Unix address,
      DoorLimits limits,
      Arrivals arrivals,
      List<ServerServiceDefinition> services,
      Caller.Watcher watcher,
      EventLoop loop)
      throws IOException {
    List<String> names =
        services.stream().map(service -> service.getServiceDescriptor().getName()).toList();
    return Door.open(
        new Door.Setup(
            name,
            BackDoor.ORIGIN,
            address,
            limits,
            arrivals,
            DoorHealth.of(names::contains),
            services,
            null,
            watcher),
        loop);
  }
}
