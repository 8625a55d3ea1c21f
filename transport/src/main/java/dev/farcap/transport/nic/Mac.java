package dev.farcap.transport.nic;

import java.util.HexFormat;
import java.util.regex.Pattern;

/// The hardware address of a network interface.
///
/// @param bits its 48 bits, the first byte on the wire as the highest
record Mac(long bits) {
  private static final Pattern FORM = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
  private static final HexFormat TEXT = HexFormat.ofDelimiter(":");
  private static final long BITS_MAX = 0xFFFF_FFFF_FFFFL;
  private static final long GROUP = 0x0100_0000_0000L;

  Mac {
    if ((bits & ~BITS_MAX) != 0) {
      throw new IllegalArgumentException("hardware address is " + bits + ", limits 0.." + BITS_MAX);
    }
  }

  /// Reads `02:00:00:00:00:01`.
  ///
  /// @throws IllegalArgumentException if the text is not of the form
  static Mac parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "hardware address '" + text + "' is not of the form 02:00:00:00:00:01");
    }
    return new Mac(Long.parseLong(text.replace(":", ""), 16));
  }

  /// Whether it names several interfaces: a group, or all.
  boolean isGroup() {
    return (bits & GROUP) != 0;
  }

  /// One of its six bytes.
  int at(int index) {
    return (int) (bits >>> (8 * (5 - index))) & 0xFF;
  }

  @Override
  public String toString() {
    byte[] bytes = new byte[6];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) at(i);
    }
    return TEXT.formatHex(bytes);
  }
}
