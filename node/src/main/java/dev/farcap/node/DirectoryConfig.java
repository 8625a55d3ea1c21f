package dev.farcap.node;

import dev.farcap.routing.consul.ConsulConfig;

/// Where routes come from.
public sealed interface DirectoryConfig {
  /// A YAML file.
  record File(java.nio.file.Path file) implements DirectoryConfig {
    @Override
    public String toString() {
      return file.toString();
    }
  }

  /// Signed routes in Consul, and the providers that are registered there.
  record Consul(ConsulConfig consul) implements DirectoryConfig {
    @Override
    public String toString() {
      return consul.toString();
    }
  }
}
