package dev.farcap.proof;

import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// The same cells over Ethernet without IP: 4 x 7 x 1 = 28.
@Tag("netns")
class EthernetMatrixTest extends RelayMatrixTest {
  @BeforeAll
  void needsRights() {
    EthernetWire.assumePossible();
  }

  @Override
  Set<Over> arrangements() {
    return Set.of(Over.NIC);
  }
}
