/// What the threads that decide about sessions share with the loop.
@NullMarked
package dev.farcap.server;

import org.jspecify.annotations.NullMarked;
