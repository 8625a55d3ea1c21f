package dev.farcap.deploy;

import dev.farcap.config.Document;
import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.routing.Policies;
import dev.farcap.routing.file.PolicyReader;
import dev.farcap.session.ServiceAlias;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The policies of a server-proxy as they stand in a file: its configuration, or `exports` alone.
/// Only they are read: what else the configuration names may be on another host.
final class WhatIfPolicies {
  private static final int EXPORTS_MAX = 256;

  private WhatIfPolicies() {}

  /// @return by full service name
  /// @throws dev.farcap.config.ConfigException with every problem of what was read
  static Map<String, Policies<String>> read(Path file) {
    return Document.read(file, WhatIfPolicies::root);
  }

  private static Map<String, Policies<String>> root(Fields fields) {
    List.of("identity", "trustBundle", "state", "status", "link", "client").forEach(fields::has);
    return fields.has("server")
        ? fields.required("server").fields(WhatIfPolicies::server)
        : exports(fields.required("exports"));
  }

  private static Map<String, Policies<String>> server(Fields fields) {
    List.of("listen", "local", "backends").forEach(fields::has);
    return exports(fields.required("exports"));
  }

  private static Map<String, Policies<String>> exports(Value value) {
    Map<String, Policies<String>> exports = new HashMap<>();
    value.map(
        EXPORTS_MAX,
        (name, policies) -> {
          exports.put(ServiceAlias.resolve(name), policies(policies));
          return name;
        });
    return exports;
  }

  private static Policies<String> policies(Value value) {
    if (value.isScalar()) {
      return new Policies<>(List.of(), value.string());
    }
    return value.fields(
        fields ->
            new Policies<>(
                fields
                    .optional("policies")
                    .map(
                        list ->
                            PolicyReader.policies(
                                list, policy -> policy.required("backend").string()))
                    .orElse(List.of()),
                fields.optional("default").map(Value::string).orElse(null)));
  }
}
