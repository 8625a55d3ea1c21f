package dev.farcap.transport.shm;

/// What the two sides of a connection share, as one of them holds it.
///
/// @param memory where both rings lie
/// @param in the ring that the peer fills
/// @param out the ring that this side fills
/// @param own rung by the peer
/// @param theirs rung by this side
record Shared(SharedMemory memory, Ring in, Ring out, Bell own, Bell theirs)
    implements AutoCloseable {

  static Shared ofDialler(SharedMemory memory, Bell diallers, Bell acceptors) {
    return new Shared(memory, memory.toDialler(), memory.toAcceptor(), diallers, acceptors);
  }

  static Shared ofAcceptor(SharedMemory memory, Bell diallers, Bell acceptors) {
    return new Shared(memory, memory.toAcceptor(), memory.toDialler(), acceptors, diallers);
  }

  /// Gives all of it back; once.
  @Override
  public void close() {
    own.close();
    theirs.close();
    memory.close();
  }
}
