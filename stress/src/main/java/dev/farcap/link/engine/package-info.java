/// Shows tests of the room above what the loop has counted.
@NullMarked
package dev.farcap.link.engine;

import org.jspecify.annotations.NullMarked;
