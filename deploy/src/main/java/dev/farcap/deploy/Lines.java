package dev.farcap.deploy;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// The lines of stdin, one at a time and none longer than a limit: what never ends would fill the
/// memory.
final class Lines {
  private static final int END = -1;

  private final InputStream in;
  private final int bytesMax;
  private final ByteString.Output line = ByteString.newOutput();
  private long number;
  private boolean afterReturn;

  /// @param bytesMax of a line, without its end
  Lines(InputStream in, int bytesMax) {
    this.in = new BufferedInputStream(in);
    this.bytesMax = bytesMax;
  }

  /// The next line without its end, which is `\n`, `\r` or both; null when there is none.
  ///
  /// @throws CommandException naming the line and the limit, if it is longer
  @Nullable ByteString next() throws IOException {
    number++;
    line.reset();
    int next = in.read();
    if (afterReturn && next == '\n') {
      next = in.read();
    }
    if (next == END) {
      return null;
    }
    for (; next != END && next != '\n' && next != '\r'; next = in.read()) {
      if (line.size() == bytesMax) {
        throw new CommandException(
            ExitCode.FAILED,
            "line " + number + " of stdin has more than " + bytesMax + " bytes, the limit");
      }
      line.write(next);
    }
    afterReturn = next == '\r';
    return line.toByteString();
  }

  /// Whether some of the next line is there already.
  boolean isReady() throws IOException {
    return in.available() > 0;
  }
}
