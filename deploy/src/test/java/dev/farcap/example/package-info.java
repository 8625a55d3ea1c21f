/// The examples of the sources, run as a reader would run them.
@NullMarked
package dev.farcap.example;

import org.jspecify.annotations.NullMarked;
