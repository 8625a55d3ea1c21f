package dev.farcap.transport.shm;

/// Connections over shared memory whose spinning is [Spinning#BRIEF].
class ShmBriefTest extends ShmContract {
  ShmBriefTest() {
    super(Spinning.BRIEF);
  }
}
