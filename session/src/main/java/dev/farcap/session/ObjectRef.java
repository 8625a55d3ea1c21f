package dev.farcap.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Names one live object (a signal context, an object of a server) on the host that holds it.
///
/// It travels inside messages as the bytes of [#toBytes()], which no relay touches. Having it is
/// not yet authority: it is honoured only on links of the identity it was made for.
///
/// Binary form: host key id (32 bytes), epoch (16), object id (16), interface (the rest, UTF-8).
///
/// @param host holder key of the proxy that hosts the object
/// @param epoch the run of that proxy's process in which the object lives
/// @param id chosen by the host, never reused
/// @param service full gRPC service name of what the object understands
public record ObjectRef(KeyId host, Id128 epoch, Id128 id, String service) {
  private static final int FIXED_BYTES = KeyId.BYTES + 2 * Id128.BYTES;

  /// Bound of the binary form: the fixed part and the longest service name accepted.
  public static final int BYTES_MAX = FIXED_BYTES + SessionRequest.SERVICE_CHARS_MAX;

  /// @throws IllegalArgumentException if the service is no gRPC service name
  public ObjectRef {
    SessionRequest.checkService(service);
  }

  /// Reads the binary form.
  ///
  /// @throws IllegalArgumentException if the bytes are none
  public static ObjectRef parse(byte[] bytes) {
    if (bytes.length <= FIXED_BYTES || bytes.length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "object reference is "
              + bytes.length
              + " bytes, expected "
              + (FIXED_BYTES + 1)
              + ".."
              + BYTES_MAX);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new ObjectRef(
        KeyId.of(take(buffer, KeyId.BYTES)),
        Id128.of(take(buffer, Id128.BYTES)),
        Id128.of(take(buffer, Id128.BYTES)),
        new String(take(buffer, buffer.remaining()), StandardCharsets.US_ASCII));
  }

  private static byte[] take(ByteBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  /// The binary form, a fresh array of at most [#BYTES_MAX].
  public byte[] toBytes() {
    byte[] name = service.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(FIXED_BYTES + name.length)
        .put(host.bytes())
        .put(epoch.bytes())
        .put(id.bytes())
        .put(name)
        .array();
  }
}
