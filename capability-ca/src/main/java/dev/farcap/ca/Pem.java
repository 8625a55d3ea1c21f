package dev.farcap.ca;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Textual encoding of keys and certificates (RFC 7468).
final class Pem {
  private static final Pattern ENTRY =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]{1,40})-----\\s+([A-Za-z0-9+/=\\s]+?)\\s*-----END \\1-----");
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  private Pem() {}

  static String encode(String label, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(label, LINES.encodeToString(der));
  }

  /// All entries of a label, in order.
  ///
  /// @throws IllegalArgumentException if there is none or another; the message holds no content
  static List<byte[]> decode(String label, String text) {
    List<byte[]> entries = new ArrayList<>();
    Matcher matcher = ENTRY.matcher(text);
    while (matcher.find()) {
      if (!matcher.group(1).equals(label)) {
        throw new IllegalArgumentException("holds a " + matcher.group(1) + ", expected " + label);
      }
      entries.add(bytes(label, matcher.group(2)));
    }
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("holds no PEM entry " + label);
    }
    return entries;
  }

  private static byte[] bytes(String label, String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException _) {
      // The decoder's own message quotes characters of what may be a secret.
      throw new IllegalArgumentException("holds a " + label + " that is not in Base64");
    }
  }
}
