/// What all typed session stubs share: the files that `protoc-gen-farcap` writes call this, nobody
/// else needs to.
///
/// [ClientHalf] makes calls in blocking style on any [io.grpc.Channel]; [ServerHalf] serves them by
/// blocking code, a virtual thread for each call. In between `ClientStream` and `ServedCall` turn
/// gRPC's callbacks into streams that are read; `CallEvents` lets the reader run the callbacks
/// itself.
///
/// [SessionTable] keeps an object for each session until it ends; [ClientSignals] and
/// [ServerSignals] turn signals into references and back.
///
/// No thread of its own outlives a call. It depends on the gRPC API and the words of
/// `dev.farcap.session` only.
@NullMarked
package dev.farcap.stub;

import org.jspecify.annotations.NullMarked;
