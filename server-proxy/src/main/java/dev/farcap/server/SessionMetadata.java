package dev.farcap.server;

import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionCaller;
import io.grpc.Metadata;
import java.util.function.Consumer;

/// What a server is told about the session of a call, in place of what the client said. Written
/// once for all calls of the session.
final class SessionMetadata implements Consumer<Metadata> {
  private final Metadata own = new Metadata();

  SessionMetadata(SessionCaller caller) {
    caller.write(own);
  }

  @Override
  public void accept(Metadata headers) {
    MetadataKeys.strip(headers);
    headers.merge(own);
  }
}
