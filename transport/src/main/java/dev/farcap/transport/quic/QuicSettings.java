package dev.farcap.transport.quic;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import java.util.concurrent.TimeUnit;

/// The transport parameters of both ends (RFC 9000 section 18.2).
///
/// The dialler opens one stream in both directions, nobody any other; no datagrams beside it, no
/// early data. What a peer may send before it is read begins at 256 KiB and grows to 16 MiB as fast
/// as it is read.
final class QuicSettings {
  /// By ALPN. The frames are those of `farcap/1`; the stream's beginning and end are this medium's.
  static final String PROTOCOL = "farcap-quic/1";

  /// Opens the stream: QUIC shows a stream to the other end by its first byte only.
  static final byte PREAMBLE = 1;

  private static final int WINDOW_BYTES = 256 << 10;

  /// Of an acceptor's end: addresses that a dialler can have had. The library keeps something of
  /// each as long as the connection lasts, and packets from one more than that would be dropped.
  static final int PATHS_MAX = 16;

  /// Of a dialler's end: one in use, others for when an address changes.
  private static final int CONNECTION_IDS = 4;

  private QuicSettings() {}

  static QuicClientCodecBuilder dialler(int packetBytesMax, QuicConfig config) {
    return common(new QuicClientCodecBuilder(), packetBytesMax, config)
        .initialMaxStreamsBidirectional(0)
        .initialMaxStreamDataBidirectionalLocal(WINDOW_BYTES)
        .activeConnectionIdLimit(CONNECTION_IDS);
  }

  static QuicServerCodecBuilder acceptor(int packetBytesMax, QuicConfig config) {
    return common(new QuicServerCodecBuilder(), packetBytesMax, config)
        .initialMaxStreamsBidirectional(1)
        .initialMaxStreamDataBidirectionalRemote(WINDOW_BYTES)
        .activeConnectionIdLimit(PATHS_MAX);
  }

  private static <B extends QuicCodecBuilder<B>> B common(
      B codec, int packetBytesMax, QuicConfig config) {
    return codec
        .initialMaxStreamsUnidirectional(0)
        .initialMaxData(WINDOW_BYTES)
        .maxIdleTimeout(config.idleTimeoutMs(), TimeUnit.MILLISECONDS)
        .maxSendUdpPayloadSize(packetBytesMax)
        .maxRecvUdpPayloadSize(packetBytesMax)
        .discoverPmtu(true);
  }

  /// Pooled instead of Netty's adaptive default, as for TLS.
  static ByteBufAllocator allocator() {
    return ByteBufAllocator.DEFAULT instanceof AdaptiveByteBufAllocator
        ? PooledByteBufAllocator.DEFAULT
        : ByteBufAllocator.DEFAULT;
  }
}
