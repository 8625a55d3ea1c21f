package dev.farcap.rom;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The events that one read of an inotify descriptor gives.
///
/// An event (inotify(7)): watch, mask, cookie, length of the name, 4 bytes each in native order,
/// then the name, padded with NUL. Names are bytes chosen by whoever writes files; one that is not
/// UTF-8 names no module.
final class InotifyEvents {
  static final int IN_Q_OVERFLOW = 0x4000;

  private static final int HEAD_BYTES = 16;
  private static final int MASK_AT = 4;
  private static final int NAME_BYTES_AT = 12;

  private InotifyEvents() {}

  /// Who takes them.
  @FunctionalInterface
  interface Taker {
    /// One event.
    ///
    /// @param name within the folder of the watch, or empty
    void took(int watch, int mask, String name);
  }

  /// Hands over every event in order. What is no event ends the reading as if the kernel had
  /// dropped the rest: then everything is looked at again.
  ///
  /// @param buffer in native order; its position and limit do not matter
  /// @param end where the events end
  static void read(ByteBuffer buffer, int end, Taker taker) {
    for (int at = 0; at < end; ) {
      int room = end - at - HEAD_BYTES;
      int nameBytes = room < 0 ? -1 : buffer.getInt(at + NAME_BYTES_AT);
      if (nameBytes < 0 || nameBytes > room) {
        taker.took(-1, IN_Q_OVERFLOW, "");
        return;
      }
      taker.took(
          buffer.getInt(at), buffer.getInt(at + MASK_AT), name(buffer, at + HEAD_BYTES, nameBytes));
      at += HEAD_BYTES + nameBytes;
    }
  }

  private static String name(ByteBuffer buffer, int at, int bytes) {
    byte[] name = new byte[bytes];
    buffer.get(at, name);
    int length = 0;
    while (length < bytes && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }
}
