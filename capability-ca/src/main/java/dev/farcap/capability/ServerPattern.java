package dev.farcap.capability;

import dev.farcap.session.Identity;

/// Which servers a grant is for.
///
/// Its text is `farcap://realm/path` for one server, `farcap://realm/path/*` for those below a path
/// and `farcap://realm/*` for all of a realm. `*` is in no identity, so no text means two things.
public sealed interface ServerPattern {
  /// Reads the text.
  ///
  /// @throws IllegalArgumentException if it is none
  static ServerPattern parse(String text) {
    return text.endsWith("/*")
        ? new Below(text.substring(0, text.length() - 1))
        : new One(Identity.parse(text));
  }

  /// Whether the server is among them.
  boolean matches(Identity server);

  /// The realm they are in.
  String realm();

  /// Exactly this server.
  record One(Identity server) implements ServerPattern {
    @Override
    public boolean matches(Identity candidate) {
      return candidate.equals(server);
    }

    @Override
    public String realm() {
      return server.realm();
    }

    @Override
    public String toString() {
      return server.toString();
    }
  }

  /// The servers whose identity begins so.
  ///
  /// @param prefix `farcap://realm/` or `farcap://realm/path/`
  record Below(String prefix) implements ServerPattern {
    /// @throws IllegalArgumentException if no identity can begin so
    public Below {
      // What may stand in front of a segment is exactly what makes an identity with one.
      Identity.parse(prefix + "a");
      if (!prefix.endsWith("/")) {
        throw new IllegalArgumentException("server prefix '" + prefix + "' does not end with '/'");
      }
    }

    @Override
    public boolean matches(Identity candidate) {
      return candidate.toString().startsWith(prefix);
    }

    @Override
    public String realm() {
      return Identity.parse(prefix + "a").realm();
    }

    @Override
    public String toString() {
      return prefix + "*";
    }
  }
}
