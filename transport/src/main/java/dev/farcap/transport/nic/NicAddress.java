package dev.farcap.transport.nic;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `nic://eth0/02:00:00:00:00:01` to dial, `nic://eth0` to listen. With `?port=2` where several
/// acceptors share an interface, with `?type=0x88b6` where the default EtherType is taken, or with
/// both: `?port=2&type=0x88b6`.
///
/// @param nic name of the interface of this host
/// @param mac whom to dial; null to listen
/// @param port 1..65535; 0 to listen where nobody does
/// @param etherType 0x0600..0xFFFF
record NicAddress(String nic, @Nullable Mac mac, int port, int etherType) {
  /// An EtherType for experiments and private use (IEEE 802, local experimental EtherType 1).
  static final int ETHER_TYPE = 0x88B5;

  /// Unless the address says another.
  static final int PORT = 7443;

  /// Below stand lengths (IEEE 802.3).
  private static final int ETHER_TYPE_MIN = 0x0600;

  private static final Pattern FORM =
      Pattern.compile(
          "nic://([^/:?&%\\s]{1,15})(?:/([0-9a-fA-F:]{17}))?"
              + "(?:\\?port=(\\d{1,5})(?:&type=0x([0-9a-fA-F]{4}))?|\\?type=0x([0-9a-fA-F]{4}))?");

  /// Reads an address.
  ///
  /// @throws IllegalArgumentException if the text is not of the form
  static NicAddress parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw malformed(text);
    }
    Mac mac = parts.group(2) == null ? null : Mac.parse(parts.group(2));
    int port = parts.group(3) == null ? PORT : Integer.parseInt(parts.group(3));
    String type = parts.group(4) == null ? parts.group(5) : parts.group(4);
    int etherType = type == null ? ETHER_TYPE : Integer.parseInt(type, 16);
    if (port > 0xFFFF || (port == 0 && mac != null)) {
      throw malformed(text);
    }
    if (etherType < ETHER_TYPE_MIN) {
      throw new IllegalArgumentException(
          "type of '%s' is a length, not an EtherType: 0x0600..0xffff".formatted(text));
    }
    if (mac != null && mac.isGroup()) {
      throw new IllegalArgumentException(
          "address '%s' is that of a group: one peer is dialled".formatted(text));
    }
    return new NicAddress(parts.group(1), mac, port, etherType);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        ("address '%s' is not of the form nic://interface/mac (to dial) or nic://interface"
                + " (to listen), with ?port=1..65535, ?type=0x0600..0xffff or both behind")
            .formatted(text));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("nic://").append(nic);
    if (mac != null) {
      text.append('/').append(mac);
    }
    if (port != PORT) {
      text.append("?port=").append(port);
    }
    if (etherType != ETHER_TYPE) {
      text.append(port == PORT ? '?' : '&').append("type=0x%04x".formatted(etherType));
    }
    return text.toString();
  }
}
