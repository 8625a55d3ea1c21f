package dev.farcap.server;

import dev.farcap.session.MetadataKeys;
import dev.farcap.session.ObjectRef;
import io.grpc.Metadata;
import java.util.function.Consumer;

/// What a server is told about the session of a call, in place of what the client said.
record SessionMetadata(AcceptedSession session, String name) implements Consumer<Metadata> {
  @Override
  public void accept(Metadata headers) {
    MetadataKeys.strip(headers);
    headers.put(MetadataKeys.LABEL, session.effectiveLabel().toString());
    headers.put(MetadataKeys.PEER, session.peer().identity().toString());
    headers.put(MetadataKeys.SESSION, name);
    ObjectRef object = session.request().object();
    if (object != null) {
      headers.put(MetadataKeys.OBJECT, object.toBytes());
    }
  }
}
