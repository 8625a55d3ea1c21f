/// What two processes share: the words of a ring. Here two threads share them, which is the same to
/// the processor.
@NullMarked
package dev.farcap.transport.shm;

import org.jspecify.annotations.NullMarked;
