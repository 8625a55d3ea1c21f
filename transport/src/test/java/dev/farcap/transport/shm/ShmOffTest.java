package dev.farcap.transport.shm;

/// Connections over shared memory whose spinning is [Spinning#OFF].
class ShmOffTest extends ShmContract {
  ShmOffTest() {
    super(Spinning.OFF);
  }
}
