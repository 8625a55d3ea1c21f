package dev.farcap.server;

import dev.farcap.session.MetadataKeys;
import dev.farcap.session.ObjectRef;
import io.grpc.Metadata;
import java.util.function.Consumer;

/// What a server is told about the session of a call, in place of what the client said. Written
/// once for all calls of the session.
final class SessionMetadata implements Consumer<Metadata> {
  private final Metadata own = new Metadata();

  /// @param name of the session, in logs and for the server
  SessionMetadata(AcceptedSession session, String name) {
    own.put(MetadataKeys.LABEL, session.effectiveLabel().toString());
    own.put(MetadataKeys.PEER, session.peer().identity().toString());
    own.put(MetadataKeys.SESSION, name);
    ObjectRef object = session.request().object();
    if (object != null) {
      own.put(MetadataKeys.OBJECT, object.toBytes());
    }
  }

  @Override
  public void accept(Metadata headers) {
    MetadataKeys.strip(headers);
    headers.merge(own);
  }
}
