/// What the threads of a program and the loop of a link share.
@NullMarked
package dev.farcap.link;

import org.jspecify.annotations.NullMarked;
