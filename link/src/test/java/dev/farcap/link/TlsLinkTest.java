package dev.farcap.link;

final class TlsLinkTest extends LinkContract {
  @Override
  TestMedium medium() {
    return TestMedium.tls();
  }
}
