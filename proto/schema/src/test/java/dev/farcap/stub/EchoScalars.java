package dev.farcap.stub;

import com.google.protobuf.ByteString;
import dev.farcap.stubs.scalars.IntsMessage;
import dev.farcap.stubs.scalars.LongsMessage;
import dev.farcap.stubs.scalars.OthersMessage;
import dev.farcap.stubs.scalars.ScalarsSession;

/// Answers what it was asked.
final class EchoScalars implements ScalarsSession {
  @Override
  public IntsMessage ints(int signed, int unsigned, int zigzag, int fixed, int sfixed) {
    return IntsMessage.newBuilder()
        .setSigned(signed)
        .setUnsigned(unsigned)
        .setZigzag(zigzag)
        .setFixed(fixed)
        .setSfixed(sfixed)
        .build();
  }

  @Override
  public LongsMessage longs(long signed, long unsigned, long zigzag, long fixed, long sfixed) {
    return LongsMessage.newBuilder()
        .setSigned(signed)
        .setUnsigned(unsigned)
        .setZigzag(zigzag)
        .setFixed(fixed)
        .setSfixed(sfixed)
        .build();
  }

  @Override
  public OthersMessage others(
      float single, double twice, boolean bool, String string, ByteString bytes) {
    return OthersMessage.newBuilder()
        .setFloat(single)
        .setDouble(twice)
        .setBool(bool)
        .setString(string)
        .setBytes(bytes)
        .build();
  }

  @Override
  public int int32(int value) {
    return value;
  }

  @Override
  public long uint64(long value) {
    return value;
  }

  @Override
  public ByteString bytes(ByteString value) {
    return value;
  }

  @Override
  public long wrapped(String value) {
    return Long.parseLong(value);
  }
}
