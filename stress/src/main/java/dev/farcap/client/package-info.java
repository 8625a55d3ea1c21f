/// What the callers of one channel share.
@NullMarked
package dev.farcap.client;

import org.jspecify.annotations.NullMarked;
