package dev.farcap.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What stands behind a key or in a list: asked for as the type it must have.
///
/// If it has not, that is a problem, and the answer is a *stand-in*: the lower bound, the empty
/// text, or null where there is no natural one. A stand-in keeps the reading going, so that the
/// other problems are found too; it never leaves [Document#read].
public final class Value {
  private final Document document;
  private final @Nullable Node node;
  private final String keys;

  /// @param node null where a problem has been reported already
  Value(Document document, @Nullable Node node, String keys) {
    this.document = document;
    this.node = node;
    this.keys = keys;
  }

  // ---- Scalars

  /// Any text, also the empty one if it is written with quotes; `true` and `12` are texts too.
  public String string() {
    return scalar("a text", text -> text, "");
  }

  /// `true` or `false`.
  public boolean bool() {
    return scalar(
        "true or false",
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> null;
            },
        false);
  }

  /// A whole number, digits only.
  ///
  /// @param min smallest accepted
  /// @param max largest accepted
  public int integer(int min, int max) {
    return (int) number("a whole number " + min + ".." + max, Value::digits, min, max);
  }

  /// A size such as `16MiB`; units B, KiB, MiB, GiB.
  ///
  /// @param min smallest accepted, bytes
  /// @param max largest accepted, bytes
  public long bytes(long min, long max) {
    String range = Units.write(min) + ".." + Units.write(max);
    return number("a size " + range + " (units B, KiB, MiB, GiB)", Units::bytes, min, max);
  }

  /// A duration such as `30s`; units ms, s, m, h, d.
  public Duration duration(Duration min, Duration max) {
    String range = Units.write(min) + ".." + Units.write(max);
    return scalar(
        "a duration " + range + " (units ms, s, m, h, d)",
        text -> {
          Duration duration = Units.duration(text);
          boolean within =
              duration != null && duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0;
          return within ? duration : null;
        },
        min);
  }

  /// One of the constants of an enum, written in lower case with `-` for `_`.
  public <E extends Enum<E>> E oneOf(Class<E> type) {
    Map<String, E> constants = new LinkedHashMap<>();
    Arrays.stream(type.getEnumConstants()).forEach(e -> constants.put(spelling(e), e));
    String expected = "one of " + String.join(", ", constants.keySet());
    String hint =
        node instanceof Node.Scalar scalar ? Spelling.hint(scalar.text(), constants.keySet()) : "";
    return scalar(expected, constants::get, constants.values().iterator().next(), hint);
  }

  /// How an enum constant is written in a file.
  public static String spelling(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// A path, relative to the folder of this file; whether something is there is not asked.
  public Path path() {
    return scalar("a path", text -> text.isEmpty() ? null : resolve(text), Path.of(""));
  }

  private @Nullable Path resolve(String text) {
    try {
      return document.resolve(text);
    } catch (java.nio.file.InvalidPathException e) {
      return null;
    }
  }

  /// The path of a regular file that this process may read, as [#path].
  public Path readableFile() {
    Path file = path();
    if (!file.toString().isEmpty() && !(Files.isRegularFile(file) && Files.isReadable(file))) {
      reject("no readable file at " + file);
    }
    return file;
  }

  /// A text that `parse` accepts; its `IllegalArgumentException` becomes the problem's message. The
  /// stand-in is null.
  public <T> T parsed(Function<String, T> parse) {
    String text = scalar("a text", written -> written, null);
    if (text == null) {
      return standIn();
    }
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      reject(String.valueOf(e.getMessage()));
      return standIn();
    }
  }

  // ---- Compounds

  /// A list. An item with a problem in it is left out of the stand-in.
  ///
  /// @param max most items accepted
  public <T> List<T> list(int max, Function<Value, T> item) {
    List<T> built = new ArrayList<>();
    if (node instanceof Node.Sequence sequence && within(sequence.items().size(), max)) {
      for (int i = 0; i < sequence.items().size(); i++) {
        Value value = new Value(document, sequence.items().get(i), Keys.item(keys, i));
        value.keep(() -> item.apply(value), built::add);
      }
    } else if (!(node instanceof Node.Sequence)) {
      expected("a list", "");
    }
    return List.copyOf(built);
  }

  /// A mapping whose keys are names chosen by the writer of the file, in the order of the file. An
  /// entry with a problem in it is left out of the stand-in.
  ///
  /// @param max most entries accepted
  public <T> Map<String, T> map(int max, BiFunction<String, Value, T> entry) {
    Map<String, T> built = new LinkedHashMap<>();
    if (node instanceof Node.Mapping mapping && within(mapping.entries().size(), max)) {
      mapping
          .entries()
          .forEach(
              (key, written) -> {
                Value value = new Value(document, written.value(), Keys.join(keys, key));
                value.keep(() -> entry.apply(key, value), one -> built.put(key, one));
              });
    } else if (!(node instanceof Node.Mapping)) {
      expected("a mapping", "");
    }
    return built;
  }

  /// A mapping whose keys are known. The stand-in is null.
  public <T> T fields(Function<Fields, T> build) {
    if (!(node instanceof Node.Mapping mapping)) {
      expected("a mapping", "");
      return standIn();
    }
    Fields fields = new Fields(document, mapping, keys);
    return attempt(
        () -> {
          T built = build.apply(fields);
          fields.rejectUnknown();
          return built;
        });
  }

  /// Whether a text, number or the like is written here and no list or mapping: for values with a
  /// short and a long form.
  public boolean isScalar() {
    return node instanceof Node.Scalar;
  }

  // ---- Places and problems

  /// Adds a problem with this value; nothing if it is missing, which is a problem already.
  public void reject(String message) {
    if (node != null) {
      document.problems().add(node.mark(), keys, message);
    }
  }

  /// Where it is written, `FILE:LINE`, for whoever explains later what came of it.
  public String place() {
    String file = document.problems().file();
    return node == null ? file : file + ":" + node.mark().line();
  }

  // ---- How it is done

  private static @Nullable Long digits(String text) {
    return text.matches("-?[0-9]{1,18}") ? Long.valueOf(text) : null;
  }

  private long number(String expected, Function<String, @Nullable Long> read, long min, long max) {
    return scalar(
        expected,
        text -> {
          Long number = read.apply(text);
          return number != null && number >= min && number <= max ? number : null;
        },
        min);
  }

  private <T extends @Nullable Object> T scalar(
      String expected, Function<String, @Nullable T> read, T standIn) {
    return scalar(expected, read, standIn, "");
  }

  private <T extends @Nullable Object> T scalar(
      String expected, Function<String, @Nullable T> read, T standIn, String hint) {
    if (node instanceof Node.Scalar scalar && !scalar.isNothing()) {
      T value = read.apply(scalar.text());
      if (value != null) {
        return value;
      }
    }
    expected(expected, hint);
    return standIn;
  }

  private void expected(String expected, String hint) {
    if (node != null) {
      document
          .problems()
          .add(node.mark(), keys, "expected " + expected + ", found " + node.called() + hint);
    }
  }

  private boolean within(int count, int max) {
    if (count > max) {
      reject("has " + count + " entries, limit " + max);
    }
    return count <= max;
  }

  /// Keeps what a function of the reader's user makes of an item that has no problem.
  private <T> void keep(Supplier<T> build, Consumer<T> keeper) {
    int before = document.problems().count();
    T built = attempt(build);
    if (document.problems().count() == before) {
      keeper.accept(built);
    }
  }

  /// Runs a function of the reader's user. What it throws after a problem of its own may come from
  /// a stand-in, and the problem is known already.
  private <T> T attempt(Supplier<T> build) {
    int before = document.problems().count();
    try {
      return build.get();
    } catch (IllegalArgumentException e) {
      if (document.problems().count() == before) {
        reject(String.valueOf(e.getMessage()));
      }
      return standIn();
    } catch (RuntimeException e) {
      if (document.problems().count() == 0) {
        throw e;
      }
      return standIn();
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T standIn() {
    return null;
  }
}
