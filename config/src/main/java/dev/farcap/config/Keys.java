package dev.farcap.config;

/// Writes the place of a value in its document: `providers.host-b.services[1]`.
final class Keys {
  private Keys() {}

  static String join(String keys, String key) {
    return keys.isEmpty() ? key : keys + "." + key;
  }

  static String item(String keys, int index) {
    return keys + "[" + index + "]";
  }
}
