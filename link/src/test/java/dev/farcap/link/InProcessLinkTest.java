package dev.farcap.link;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakGuard.class)
final class InProcessLinkTest extends LinkContract {
  @Override
  TestMedium medium() {
    return TestMedium.inProcess();
  }
}
