package dev.farcap.transport.faulty;

/// How often what happens to a packet that arrives. Each is a chance from 0 to 1 of its own.
///
/// @param lost it never arrives
/// @param doubled it arrives twice
/// @param late it arrives behind some that were sent later, at the latest after
///   [FaultyDatagrams#LATE_MS]
/// @param spoiled one bit of it is another
public record DatagramFaults(double lost, double doubled, double late, double spoiled) {
  /// Every packet arrives as it was sent.
  public static final DatagramFaults NONE = new DatagramFaults(0, 0, 0, 0);

  /// @throws IllegalArgumentException naming the chance that is out of range
  public DatagramFaults {
    check("lost", lost);
    check("doubled", doubled);
    check("late", late);
    check("spoiled", spoiled);
  }

  private static void check(String name, double chance) {
    if (!(chance >= 0 && chance <= 1)) {
      throw new IllegalArgumentException(name + " is " + chance + ", limits 0..1");
    }
  }
}
