package dev.farcap.stubgen;

/// What a schema says and Java cannot, or must not.
///
/// @param place `file:line:column`
/// @param message one line: what is wrong, then what would be right
record Problem(String place, String message) {
  /// As compilers print it.
  @Override
  public String toString() {
    return place + ": " + message;
  }
}
