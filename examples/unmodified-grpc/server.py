"""A gRPC server: example.Greeter with a unary call and a stream. It knows nothing of Farcap.

Messages are plain bytes here, so that no stubs have to be generated.
"""

import sys
from concurrent import futures

import grpc


def greet(name, context):
    if not name:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "nobody to greet")
    context.set_trailing_metadata((("served-by", "greeter"),))
    return b"Hello, " + name + b"!"


def count(name, context):
    for number in range(1, 4):
        yield b"%d, %s" % (number, name)


def main(address):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("example.Greeter", {
            "Greet": grpc.unary_unary_rpc_method_handler(greet),
            "Count": grpc.unary_stream_rpc_method_handler(count),
        }),
    ))
    server.add_insecure_port(address)
    server.start()
    print("serving at", address, flush=True)
    server.wait_for_termination()


main(sys.argv[1])
