package dev.farcap.node;

import dev.farcap.config.ConfigException;
import dev.farcap.config.Fields;
import dev.farcap.config.Problem;
import dev.farcap.config.Value;
import dev.farcap.node.ListenerConfig.WhileDown;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Label;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads the section `client`.
final class ClientConfigReader {
  /// A host has fewer kinds of programs.
  private static final int LISTENERS_MAX = 64;

  private static final int BOUND_MAX = 1_000_000;

  private final List<Problem> elsewhere;
  private final Set<String> names = new HashSet<>();

  /// @param elsewhere takes the problems of other files
  ClientConfigReader(List<Problem> elsewhere) {
    this.elsewhere = elsewhere;
  }

  ClientConfig client(Fields fields) {
    return new ClientConfig(
        directory(fields.required("directory")),
        folder(fields.required("grants")),
        listeners(fields.required("listeners")),
        fields
            .optional("standIns")
            .map(value -> value.fields(ClientConfigReader::logStandIn))
            .orElse(true));
  }

  private Path directory(Value value) {
    Path file = value.path();
    if (!file.toString().isEmpty()) {
      try {
        FileDirectory.read(file);
      } catch (ConfigException e) {
        elsewhere.addAll(e.problems());
      }
    }
    return file;
  }

  private static Path folder(Value value) {
    Path folder = value.path();
    if (!folder.toString().isEmpty() && !Files.isDirectory(folder)) {
      value.reject("no folder at " + folder);
    }
    return folder;
  }

  private static Boolean logStandIn(Fields fields) {
    return fields.optional("LOG").map(Value::bool).orElse(true);
  }

  private List<ListenerConfig> listeners(Value value) {
    List<ListenerConfig> listeners = value.list(LISTENERS_MAX, item -> item.fields(this::listener));
    if (listeners.isEmpty() && names.isEmpty()) {
      value.reject("expected at least one listener");
    }
    return listeners;
  }

  private ListenerConfig listener(Fields fields) {
    return new ListenerConfig(
        fields.required("name").parsed(this::name),
        Endpoints.read(fields),
        fields.optional("whileDown").map(v -> v.oneOf(WhileDown.class)).orElse(WhileDown.WAIT),
        bound(fields, "connections", ListenerConfig.CONNECTIONS),
        bound(fields, "calls", ListenerConfig.CALLS));
  }

  private String name(String text) {
    Label.checkElement(text);
    if (!names.add(text)) {
      throw new IllegalArgumentException("another listener is named '" + text + "' already");
    }
    return text;
  }

  private static int bound(Fields fields, String key, int usual) {
    return fields.optional(key).map(value -> value.integer(1, BOUND_MAX)).orElse(usual);
  }
}
