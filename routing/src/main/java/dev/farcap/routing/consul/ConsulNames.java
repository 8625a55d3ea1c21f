package dev.farcap.routing.consul;

import dev.farcap.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Where things of a realm are in Consul.
record ConsulNames(String realm) {
  /// Of all keys.
  String prefix() {
    return "farcap/" + realm + "/";
  }

  String routes() {
    return prefix() + "routes";
  }

  String revocations() {
    return prefix() + "revocations";
  }

  String bundle(long number) {
    return prefix() + "bundles/" + number;
  }

  /// The trust bundles among these values, by the numbers they are filed under.
  List<byte[]> bundles(Map<String, byte[]> values) {
    TreeMap<Long, byte[]> found = new TreeMap<>();
    String folder = prefix() + "bundles/";
    values.forEach(
        (key, value) -> {
          if (key.startsWith(folder) && key.substring(folder.length()).matches("[1-9][0-9]{0,8}")) {
            found.put(Long.valueOf(key.substring(folder.length())), value);
          }
        });
    return new ArrayList<>(found.values());
  }

  /// What providers register as.
  String service() {
    return "farcap-" + realm;
  }

  /// The id of one registration: unique within its agent.
  String registration(Identity identity) {
    // No identity has a '~' in it.
    return service() + "~" + identity.path().replace('/', '~');
  }
}
