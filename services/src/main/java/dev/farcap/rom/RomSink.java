package dev.farcap.rom;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Takes what a [RomReader] fetches. Called by the fetching thread, one call at a time.
///
/// What it took counts only when the fetch returns: a module may be replaced on the way, and its
/// hash is checked at the end.
public interface RomSink {
  /// Takes everything and keeps nothing.
  RomSink NOTHING =
      new RomSink() {
        @Override
        public void begin(RomVersion version) {}

        @Override
        public void data(ByteBuffer bytes) {}
      };

  /// A version begins, the first one or one that replaced it: what came before is void.
  void begin(RomVersion version) throws IOException;

  /// The next bytes of the version; the buffer is valid during the call only.
  void data(ByteBuffer bytes) throws IOException;
}
