package dev.farcap.config;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Numbers with a unit: `30s`, `16MiB`.
final class Units {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([A-Za-z]+)");

  private static final Map<String, Long> MILLIS = new LinkedHashMap<>();
  private static final Map<String, Long> BYTES = new LinkedHashMap<>();

  static {
    MILLIS.put("d", 86_400_000L);
    MILLIS.put("h", 3_600_000L);
    MILLIS.put("m", 60_000L);
    MILLIS.put("s", 1_000L);
    MILLIS.put("ms", 1L);
    BYTES.put("GiB", 1L << 30);
    BYTES.put("MiB", 1L << 20);
    BYTES.put("KiB", 1L << 10);
    BYTES.put("B", 1L);
  }

  private Units() {}

  static @Nullable Duration duration(String text) {
    Long millis = read(text, MILLIS);
    return millis == null ? null : Duration.ofMillis(millis);
  }

  static @Nullable Long bytes(String text) {
    return read(text, BYTES);
  }

  static String write(Duration duration) {
    return write(duration.toMillis(), MILLIS, "0s");
  }

  static String write(long bytes) {
    return write(bytes, BYTES, "0B");
  }

  /// The amount in the smallest unit; null if it is none or does not fit.
  private static @Nullable Long read(String text, Map<String, Long> units) {
    Matcher matcher = FORM.matcher(text);
    Long unit = matcher.matches() ? units.get(matcher.group(2)) : null;
    if (unit == null) {
      return null;
    }
    long amount = Long.parseLong(matcher.group(1));
    return amount > Long.MAX_VALUE / unit ? null : Long.valueOf(amount * unit);
  }

  /// In the largest unit that divides the amount.
  private static String write(long amount, Map<String, Long> units, String zero) {
    return units.entrySet().stream()
        .filter(unit -> amount != 0 && amount % unit.getValue() == 0)
        .findFirst()
        .map(unit -> amount / unit.getValue() + unit.getKey())
        .orElse(zero);
  }
}
