/// What the threads of calls share with each other.
@NullMarked
package dev.farcap.door;

import org.jspecify.annotations.NullMarked;
