package dev.farcap.capability;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Which methods of its interface a grant permits.
public sealed interface MethodSet {
  /// Most methods listed by name; larger services are granted whole.
  int NAMES_MAX = 128;

  /// Every method, also those that the interface will get later.
  MethodSet ALL = new All();

  /// No method: a session may be opened, nothing called.
  MethodSet NONE = new Named(List.of());

  /// Whether this method may be called.
  ///
  /// @param method bare name, without the service
  boolean allows(String method);

  /// The named ones, in any order.
  ///
  /// @throws IllegalArgumentException if one is no method name or there are too many
  static MethodSet of(Collection<String> names) {
    return new Named(List.copyOf(new TreeSet<>(names)));
  }

  /// Every method.
  record All() implements MethodSet {
    @Override
    public boolean allows(String method) {
      return true;
    }

    @Override
    public String toString() {
      return "all methods";
    }
  }

  /// The listed ones.
  ///
  /// @param names ascending, each once, at most [#NAMES_MAX]
  record Named(List<String> names) implements MethodSet {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    /// @throws IllegalArgumentException if one is no method name, or out of order, or too many
    public Named {
      names = List.copyOf(names);
      if (names.size() > NAMES_MAX) {
        throw new IllegalArgumentException(
            "grant lists " + names.size() + " methods, limit " + NAMES_MAX);
      }
      String before = "";
      for (String name : names) {
        if (!NAME.matcher(name).matches() || name.compareTo(before) <= 0) {
          throw new IllegalArgumentException(
              "method '" + name + "' is no method name or not in ascending order");
        }
        before = name;
      }
    }

    @Override
    public boolean allows(String method) {
      return Collections.binarySearch(names, method) >= 0;
    }

    @Override
    public String toString() {
      return names.isEmpty() ? "no method" : String.join(", ", names);
    }
  }
}
