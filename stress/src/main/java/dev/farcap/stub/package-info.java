/// What the threads of a hosted service share.
@NullMarked
package dev.farcap.stub;

import org.jspecify.annotations.NullMarked;
