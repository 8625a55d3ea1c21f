/// What the threads that decide about sessions share.
@NullMarked
package dev.farcap.capability;

import org.jspecify.annotations.NullMarked;
