package dev.farcap.link.engine;

/// Bytes of messages, those of short and those of long ones counted apart: a long one can wait at
/// its sender for room, a short one can not.
final class ByLength {
  /// Half of a call's window: what comes over HTTP/2 and is longer is announced.
  private static final int SHORT_BYTES_MAX = 72 << 10;

  private long shortBytes;
  private long longBytes;

  static boolean isLong(int messageBytes) {
    return messageBytes > SHORT_BYTES_MAX;
  }

  long of(boolean isLong) {
    return isLong ? longBytes : shortBytes;
  }

  long all() {
    return shortBytes + longBytes;
  }

  /// Counts bytes, or what is gone if negative.
  void add(long more, boolean isLong) {
    if (isLong) {
      longBytes += more;
    } else {
      shortBytes += more;
    }
  }
}
