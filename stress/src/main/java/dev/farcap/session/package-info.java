/// What the raisers of a signal share.
@NullMarked
package dev.farcap.session;

import org.jspecify.annotations.NullMarked;
