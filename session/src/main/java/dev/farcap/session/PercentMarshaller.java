package dev.farcap.session;

import io.grpc.Metadata.AsciiMarshaller;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes any text as printable ASCII, reversibly: the encoding of `grpc-message`, which also
/// escapes a space at either end because HTTP may strip it.
///
/// Source: gRPC over HTTP/2, "Percent-Encoded".
final class PercentMarshaller implements AsciiMarshaller<String> {
  @Override
  public String toAsciiString(String text) {
    StringBuilder ascii = new StringBuilder();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      boolean end = i == 0 || i == bytes.length - 1;
      boolean plain = bytes[i] > ' ' && bytes[i] <= '~' && bytes[i] != '%';
      if (plain || (bytes[i] == ' ' && !end)) {
        ascii.append((char) bytes[i]);
      } else {
        ascii.append("%%%02X".formatted(bytes[i]));
      }
    }
    return ascii.toString();
  }

  /// A `%` without two digits stands for itself: a program may have escaped nothing.
  @Override
  public String parseAsciiString(String ascii) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      int escaped = ascii.charAt(i) == '%' ? escapedByte(ascii, i) : -1;
      bytes.write(escaped < 0 ? ascii.charAt(i) : escaped);
      i += escaped < 0 ? 0 : 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int escapedByte(String ascii, int at) {
    if (at + 2 >= ascii.length()) {
      return -1;
    }
    int high = Character.digit(ascii.charAt(at + 1), 16);
    int low = Character.digit(ascii.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
