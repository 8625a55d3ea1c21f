"""A gRPC server: example.Counter. It counts how often it was really called.

Messages are plain bytes, so that no stubs have to be generated.
"""

import sys
import threading
from concurrent import futures

import grpc


class Counter:
    def __init__(self):
        self._lock = threading.Lock()
        self._total = 0
        self._released = threading.Event()

    def add(self, name, context):
        """Counts, and answers with the name."""
        with self._lock:
            self._total += 1
        if name.startswith(b"held "):
            self._released.wait()
        return name

    def total(self, _, context):
        with self._lock:
            return b"%d" % self._total

    def release(self, _, context):
        """Lets the held calls answer, now and later."""
        self._released.set()
        return b""

    def echo(self, messages, context):
        yield from messages

    def fail(self, _, context):
        context.set_trailing_metadata((("detail", "of the server"), ("raw-bin", b"\x00\xff")))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today")

    def methods(self):
        unary = grpc.unary_unary_rpc_method_handler
        return {
            "Add": unary(self.add),
            "Total": unary(self.total),
            "Release": unary(self.release),
            "Fail": unary(self.fail),
            "Echo": grpc.stream_stream_rpc_method_handler(self.echo),
        }


def main(address):
    # A held call keeps a thread.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64))
    methods = Counter().methods()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("example.Counter", methods),)
    )
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


main(sys.argv[1])
