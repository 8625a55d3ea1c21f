package dev.farcap.link;

import io.netty.util.concurrent.FastThreadLocal;

/// One array per thread for bytes on their way between a buffer and a gRPC stream. Valid until the
/// next use on the same thread; whoever uses it calls nobody who might use it too.
final class Scratch {
  /// One TLS record, one HTTP/2 frame.
  private static final int BYTES = 16 << 10;

  private static final FastThreadLocal<byte[]> ARRAYS =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[BYTES];
        }
      };

  private Scratch() {}

  static byte[] array() {
    return ARRAYS.get();
  }
}
