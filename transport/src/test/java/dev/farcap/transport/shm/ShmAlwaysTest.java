package dev.farcap.transport.shm;

/// Connections over shared memory whose spinning is [Spinning#ALWAYS].
class ShmAlwaysTest extends ShmContract {
  ShmAlwaysTest() {
    super(Spinning.ALWAYS);
  }
}
