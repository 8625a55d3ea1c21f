package dev.farcap.proof;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// A service that no proxy knows, with one method of each kind: `proof.Kinds/UNARY` and so on.
/// Messages are bytes.
final class Kinds {
  static final String SERVICE = "proof.Kinds";

  /// Another one, with the same methods.
  static final String OTHER_SERVICE = "proof.Others";

  private Kinds() {}

  static MethodDescriptor<byte[], byte[]> method(MethodType type) {
    return method(SERVICE, type);
  }

  static MethodDescriptor<byte[], byte[]> method(String service, MethodType type) {
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setFullMethodName(service + "/" + type)
        .setType(type)
        .build();
  }

  static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };
}
