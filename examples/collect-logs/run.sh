#!/usr/bin/env bash
# Log lines of programs on one host, in one file on another.
set -eu
cd "$(dirname "$0")"
. ../pair.sh

pair_begin
# Programs may write; only ops may read everybody's lines.
pair_grant app1 LOG --label-prefix app1 --method Write --method Append
pair_grant app2 LOG --label-prefix app2 --method Write --method Append
pair_grant ops LOG --label-prefix ops --method Tail
pair_server
pair_client
run=$pair/host-a/run
log=$pair/host-b/app.log
has_lines() { [ "$(wc -l <"$log")" -ge "$1" ]; }

say "Two programs write"
farcap log write 'starting' 'ready' --label init --socket "$run/app1.sock"
echo 'disk is nearly full' | farcap log write --level warning --socket "$run/app2.sock"
await "three lines" has_lines 3
cat "$log"
grep -q '\[host-a -> app1 -> init\] INFO ready$' "$log" || fail "expected the label host-a -> app1 -> init"
grep -q '\[host-a -> app2\] WARNING disk is nearly full$' "$log" || fail "expected the label host-a -> app2"

say "The server-proxy is killed; programs write on and are not held up"
kill -KILL "$server_pid"
wait "$server_pid" 2>/dev/null || true
seq -f 'line %.0f' 1 100 | farcap log write --label init --socket "$run/app1.sock"
echo "100 lines taken"

say "It comes back; every line is there once, in order"
pair_start server-proxy "$pair/host-b/server.yaml"
await "103 lines" has_lines 103
sed -n 's/.* \[host-a -> app1 -> init\] INFO \(line .*\)/\1/p' "$log" >"$pair/found"
seq -f 'line %.0f' 1 100 | cmp - "$pair/found" || fail "lines are missing, doubled or out of order"
tail -n 2 "$log"

say "ops reads the log, app1 may not"
farcap log tail --lines 2 --count 2 --socket "$run/ops.sock"
code=0
farcap log tail --count 1 --socket "$run/app1.sock" || code=$?
[ "$code" = 3 ] || fail "expected exit code 3, found $code"

say "Done: 103 lines, each once"
