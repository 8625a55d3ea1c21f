package dev.farcap.link.engine;

import dev.farcap.session.MetadataKeys;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A caller that writes down what it learns.
final class RecordingCaller implements CallListener.Caller {
  final List<Integer> messages = new ArrayList<>();
  int headers;
  int readies;
  int ends;
  int code = -1;
  String description = "";
  private byte[][] trailers = {};
  private @Nullable OwnCall call;

  void began(OwnCall own) {
    call = own;
  }

  OwnCall call() {
    return Objects.requireNonNull(call);
  }

  boolean isOver() {
    return ends > 0;
  }

  /// Code and, of a failure of our own, outcome: `14 unknown`.
  String outcome() {
    for (int i = 0; i + 1 < trailers.length; i += 2) {
      if (text(trailers[i]).equals(MetadataKeys.OUTCOME.name())) {
        return code + " " + text(trailers[i + 1]);
      }
    }
    return Integer.toString(code);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Override
  public void headers(byte[][] metadata) {
    headers++;
  }

  @Override
  public void message(ByteBuf message) {
    messages.add(message.readableBytes());
    message.release();
  }

  @Override
  public void ready() {
    readies++;
  }

  @Override
  public void returned(int endCode, String endDescription, byte[][] endTrailers) {
    ends++;
    code = endCode;
    description = endDescription;
    trailers = endTrailers;
  }
}
