import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks (--check) or rewrites (--write) the layout of every Java source below the working folder. */
final class Format {
  public static void main(String[] args) throws Exception {
    boolean write = args.length == 1 && args[0].equals("--write");
    int wrong = 0;
    for (Path source : sources()) {
      String text = Files.readString(source);
      String formatted = format(source, text);
      if (formatted.equals(text)) {
        continue;
      }
      if (write) {
        Files.writeString(source, formatted);
      } else {
        System.err.println("layout: " + source);
        wrong++;
      }
    }
    if (wrong > 0) {
      System.err.println(wrong + " file(s) differ from google-java-format; run: mvn -N validate exec:exec@format");
      System.exit(1);
    }
  }

  private static List<Path> sources() throws IOException {
    try (var paths = Files.walk(Path.of("."))) {
      return paths
          .filter(path -> path.toString().endsWith(".java"))
          .filter(path -> !path.toString().contains("/target/") && !path.toString().contains("/.mvn/"))
          .sorted()
          .toList();
    }
  }

  private static String format(Path source, String text) throws Exception {
    try {
      String used = RemoveUnusedImports.removeUnusedImports(text);
      return new Formatter().formatSource(ImportOrderer.reorderImports(used, Style.GOOGLE));
    } catch (com.google.googlejavaformat.java.FormatterException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    }
  }
}
