package dev.farcap.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Reads the text of a file, bounded and strictly UTF-8.
final class TextFile {
  /// A directory of 10,000 routes fits; a file given by mistake does not fill the memory.
  static final int BYTES_MAX = 1 << 20;

  private TextFile() {}

  /// The text, or null after a problem.
  static @Nullable String read(Path path, Problems problems) {
    if (Files.isDirectory(path)) {
      problems.add(null, "", "is a directory, expected a file");
      return null;
    }
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        problems.add(null, "", "is larger than " + BYTES_MAX + " bytes");
        return null;
      }
      return decode(bytes, problems);
    } catch (IOException e) {
      problems.add(null, "", "cannot be read: " + reason(e));
      return null;
    }
  }

  private static @Nullable String decode(byte[] bytes, Problems problems) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer chars = CharBuffer.allocate(bytes.length);
    if (decoder.decode(ByteBuffer.wrap(bytes), chars, true).isError()) {
      problems.add(Mark.after(chars.flip().toString()), "", "is not UTF-8 here");
      return null;
    }
    return chars.flip().toString();
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
