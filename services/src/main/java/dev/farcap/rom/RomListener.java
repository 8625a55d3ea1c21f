package dev.farcap.rom;

import io.grpc.StatusRuntimeException;

/// Hears of the versions of a module. One call at a time, on the watch's own thread; it may block,
/// then versions are skipped, the newest never.
public interface RomListener {
  /// There is a version other than the last one told.
  void changed(RomVersion version);

  /// The watch has ended, because trying again would not help.
  void failed(StatusRuntimeException reason);
}
