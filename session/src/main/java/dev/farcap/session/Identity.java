package dev.farcap.session;

import java.util.regex.Pattern;

/// The name of a proxy in a realm: `farcap://realm/path`.
///
/// Realm and path segments are lower case letters, digits, `-`, `.` and `_`; a path has one or more
/// segments separated by `/`, none of them empty, `.` or `..`. There is one spelling of each
/// identity: no escapes, no upper case, no trailing slash.
///
/// @param realm the name of the realm, 1..63 characters
/// @param path the name within the realm, 1..64 characters
public record Identity(String realm, String path) {
  /// What every identity begins with.
  public static final String SCHEME = "farcap://";

  private static final Pattern SEGMENT = Pattern.compile("[a-z0-9._-]+");
  private static final int REALM_CHARS_MAX = 63;

  /// @throws IllegalArgumentException naming the part and the rule it breaks
  public Identity {
    checkSegment("realm", realm);
    if (realm.length() > REALM_CHARS_MAX) {
      throw new IllegalArgumentException(
          "realm is " + realm.length() + " characters, limit " + REALM_CHARS_MAX);
    }
    if (path.length() > Label.ELEMENT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "identity path is " + path.length() + " characters, limit " + Label.ELEMENT_BYTES_MAX);
    }
    for (String segment : path.split("/", -1)) {
      checkSegment("path segment", segment);
    }
  }

  private static void checkSegment(String what, String segment) {
    if (!SEGMENT.matcher(segment).matches() || segment.equals(".") || segment.equals("..")) {
      throw new IllegalArgumentException(
          what + " '" + segment + "' of an identity must be of [a-z0-9._-] and not '.' or '..'");
    }
  }

  /// Reads `farcap://realm/path`.
  ///
  /// @throws IllegalArgumentException if the text is not exactly one identity
  public static Identity parse(String text) {
    int slash = text.indexOf('/', SCHEME.length());
    if (!text.startsWith(SCHEME) || slash < 0) {
      throw new IllegalArgumentException(
          "identity '" + text + "' is not of the form " + SCHEME + "realm/path");
    }
    return new Identity(text.substring(SCHEME.length(), slash), text.substring(slash + 1));
  }

  /// The label element by which a server in `realm` sees this peer: the path, or `//realm/path` for
  /// a foreign realm.
  ///
  /// @throws IllegalArgumentException if the foreign form outgrows a label element
  public String element(String localRealm) {
    return Label.checkElement(realm.equals(localRealm) ? path : "//" + realm + "/" + path);
  }

  /// `farcap://realm/path`.
  @Override
  public String toString() {
    return SCHEME + realm + "/" + path;
  }
}
