package dev.farcap.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What test runs that were killed have left behind: network namespaces and interfaces, whose names
/// begin with the number of the process that made them.
final class Leftovers {
  /// Of a segment or a pair of hosts; of a wire.
  private static final Pattern NAME = Pattern.compile("fc(\\d+)-.+|fcw(\\d+)[ab]");

  private Leftovers() {}

  static void remove() throws IOException {
    for (String namespace : in(Path.of("/run/netns"))) {
      NetworkHost.quietly("ip", "netns", "del", namespace);
    }
    for (String nic : in(Path.of("/sys/class/net"))) {
      NetworkHost.quietly("ip", "link", "del", nic);
    }
  }

  private static List<String> in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(Leftovers::isOfTheDead)
          .toList();
    }
  }

  private static boolean isOfTheDead(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return false;
    }
    String pid = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }
}
