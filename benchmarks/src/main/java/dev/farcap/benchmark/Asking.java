package dev.farcap.benchmark;

import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;

/// Calls that ask for a label, as any gRPC program does: by metadata.
final class Asking {
  private Asking() {}

  static Channel label(Channel channel, Label label) {
    Metadata metadata = new Metadata();
    metadata.put(MetadataKeys.LABEL, label.toString());
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
  }
}
