/// The link: sessions, calls, signals and objects over frames.
@NullMarked
package dev.farcap.link;

import org.jspecify.annotations.NullMarked;
