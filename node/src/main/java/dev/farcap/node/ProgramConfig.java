package dev.farcap.node;

import dev.farcap.node.ListenerConfig.WhileDown;
import dev.farcap.session.Label;

/// The program that a client node lives in: what a listener is to programs outside.
///
/// @param name first element of every label that the program asks; rules and grants see it as that
///   of a listener
/// @param whileDown what calls do while the link is away
public record ProgramConfig(String name, WhileDown whileDown) {
  /// @throws IllegalArgumentException if the name is no label element
  public ProgramConfig {
    Label.checkElement(name);
  }

  /// A program whose calls wait for the link.
  ///
  /// @throws IllegalArgumentException if the name is no label element
  public static ProgramConfig of(String name) {
    return new ProgramConfig(name, WhileDown.WAIT);
  }
}
