"""A gRPC client of example.Greeter. It knows nothing of Farcap; it is told an address.

Prints everything that a gRPC program can see of its calls.
"""

import sys

import grpc


def main(address):
    with grpc.insecure_channel(address) as channel:
        greet = channel.unary_unary("/example.Greeter/Greet")
        answer, call = greet.with_call(b"world", timeout=30)
        print("Greet:", answer.decode())
        print("  trailers:", sorted(call.trailing_metadata()))
        count = channel.unary_stream("/example.Greeter/Count")
        for item in count(b"world", timeout=30):
            print("Count:", item.decode())
        try:
            greet(b"", timeout=30)
        except grpc.RpcError as error:
            print("Greet of nobody:", error.code().name, error.details())
            print("  trailers:", sorted(error.trailing_metadata()))


main(sys.argv[1])
