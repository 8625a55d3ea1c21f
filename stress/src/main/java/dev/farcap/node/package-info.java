/// What decisions share with the thread that brings changes.
@NullMarked
package dev.farcap.node;

import org.jspecify.annotations.NullMarked;
