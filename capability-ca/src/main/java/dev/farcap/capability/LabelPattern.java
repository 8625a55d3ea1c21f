package dev.farcap.capability;

import dev.farcap.session.Label;

/// Which wire labels a grant is for. Compares whole elements; no character is a wildcard.
public sealed interface LabelPattern {
  /// Every label.
  LabelPattern ANY = new Prefix(Label.EMPTY);

  /// Whether the label is among them.
  boolean matches(Label wireLabel);

  /// Exactly this label.
  record Exact(Label label) implements LabelPattern {
    @Override
    public boolean matches(Label wireLabel) {
      return wireLabel.equals(label);
    }

    @Override
    public String toString() {
      return "'" + label + "'";
    }
  }

  /// This label and those that go on after it: `net1` covers `net1 -> a`, not `net10`.
  record Prefix(Label label) implements LabelPattern {
    @Override
    public boolean matches(Label wireLabel) {
      return wireLabel.startsWith(label);
    }

    @Override
    public String toString() {
      return label.isEmpty() ? "any label" : "'" + label + "' and below";
    }
  }
}
