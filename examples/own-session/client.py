"""A Python client of acme.bell.Bell, at the Unix socket of a client-proxy."""

import sys

import grpc

from acme.bell import bell_pb2 as bell
from farcap.signal.v1 import signal_pb2 as signal

LABEL = "garden"
ASKING = {"metadata": (("farcap-label", LABEL),), "timeout": 30}


def unary(channel, method, reply):
    return channel.unary_unary(method, lambda request: request.SerializeToString(), reply.FromString)


def stream(channel, method, reply):
    return channel.unary_stream(method, lambda request: request.SerializeToString(), reply.FromString)


def main(address):
    with grpc.insecure_channel(address) as channel:
        ring = unary(channel, "/acme.bell.Bell/Ring", bell.RingReply)
        watch = stream(channel, "/acme.bell.Bell/Watch", bell.Chime)
        sigh = unary(channel, "/acme.bell.Bell/Sigh", bell.SighReply)
        create = unary(channel, "/farcap.signal.v1.Signals/Create", signal.CreateReply)
        receive = stream(channel, "/farcap.signal.v1.Signals/Receive", signal.Delivery)

        # A signal: made for the session it will be passed to, and alive as long as it is received.
        rung = create(signal.CreateRequest(service="acme.bell.Bell", label=LABEL), timeout=30).reference
        deliveries = receive(signal.ReceiveRequest(reference=rung), timeout=30)
        sigh(bell.SighRequest(rung=rung), **ASKING)
        reply = ring(bell.RingRequest(strokes=1), **ASKING)
        print("rung by:", reply.value.by)
        next(deliveries)
        print("signal: came")
        deliveries.cancel()

        chimes = watch(bell.WatchRequest(count=2), **ASKING)
        latest = next(chimes).number
        ring(bell.RingRequest(strokes=1), **ASKING)
        print("watched:", next(chimes).number - latest, "more")

        reply = ring(bell.RingRequest(strokes=9), **ASKING)
        print("refused: at most", reply.error.strokes_max, "strokes")


main(sys.argv[1])
