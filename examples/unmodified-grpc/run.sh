#!/usr/bin/env bash
# A gRPC client and a gRPC server on two hosts, neither changed for it.
set -eu
cd "$(dirname "$0")"
. ../pair.sh

python=/usr/bin/python3
"$python" -c 'import grpc' 2>/dev/null ||
  fail "this example needs gRPC for $python: install Debian's packages python3 and python3-grpcio"

pair_begin
pair_grant greeter example.Greeter --label-prefix app1
pair_server
pair_client
greeter=$pair/host-b/greeter.sock
app1=$pair/host-a/run/app1.sock

say "A gRPC server on host-b"
"$python" server.py "unix:$greeter" &
pair_owns $!
await "the server's socket" test -S "$greeter"

say "Its client beside it, at the server's socket"
"$python" client.py "unix:$greeter" | tee "$pair/direct"

say "The same client on host-a, at the client-proxy's socket"
"$python" client.py "unix:$app1" | tee "$pair/through"

cmp "$pair/direct" "$pair/through" || fail "the client can see a difference"
say "Done: the client sees no difference"
