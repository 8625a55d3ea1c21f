package dev.farcap.stub;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Both halves in one process.
final class InProcessStubTest extends StubContract {
  private final List<ManagedChannel> channels = new ArrayList<>();
  private String name = "";

  @Override
  Server serve(ServerServiceDefinition service) throws Exception {
    name = UUID.randomUUID().toString();
    return InProcessServerBuilder.forName(name).addService(service).build().start();
  }

  @Override
  Channel connect() {
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    channels.add(channel);
    return channel;
  }

  @Override
  void disconnect() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
