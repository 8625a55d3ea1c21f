package dev.farcap.rom;

/// The name of a module: a relative path of ordinary names, joined by `/`.
///
/// No element is empty or begins with a dot, so that neither `..` nor a hidden temporary file is
/// ever a module. Whether the path leads outside through a link is for the one who opens it.
public final class ModuleName {
  private ModuleName() {}

  /// Checks a name.
  ///
  /// @return the name
  /// @throws IllegalArgumentException saying which rule it breaks
  public static String check(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "no module named: the last element of farcap-label is the module, for example 'config'");
    }
    for (String element : name.split("/", -1)) {
      if (element.isEmpty() || element.startsWith(".")) {
        throw new IllegalArgumentException(
            "'"
                + name
                + "' is no module: expected a path below the root without '.', '..' or"
                + " hidden names, for example 'app/config'");
      }
    }
    if (name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a module name has no NUL character");
    }
    return name;
  }

  /// Whether a file of this name could be a module.
  static boolean isModule(String name) {
    return !name.isEmpty() && !name.startsWith(".") && !name.contains("/.");
  }
}
