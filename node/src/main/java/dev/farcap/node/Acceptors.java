package dev.farcap.node;

import dev.farcap.link.LinkEndpoint;
import dev.farcap.transport.Acceptor;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Where peers' links are accepted: those of users, who open sessions here, and those of providers
/// that dial their users. Filled by one thread.
final class Acceptors implements AutoCloseable {
  private final Media media;
  private final EventLoopGroup loops;
  private final LinkEndpoint endpoint;
  private final List<Acceptor> open = new ArrayList<>();

  Acceptors(Media media, EventLoopGroup loops, LinkEndpoint endpoint) {
    this.media = media;
    this.loops = loops;
    this.endpoint = endpoint;
  }

  /// @throws IOException if an address cannot be used
  void listen(List<String> addresses) throws IOException {
    for (String address : addresses) {
      open.add(media.listen(address, loops, endpoint::accept));
    }
  }

  /// With the ports that the system chose.
  List<String> addresses() {
    return open.stream().map(Acceptor::address).toList();
  }

  /// Takes no more links.
  @Override
  public void close() {
    open.forEach(Acceptor::close);
  }
}
