# A realm and a pair of proxies for one example; sourced by the examples' run.sh, after cd into its folder.
#
#   pair_folder                     a fresh folder $pair
#   pair_begin                      the same with a realm, host-a (client) and host-b (server)
#   pair_grant NAME SERVICE OPTION…  a grant of host-a for host-b: host-a/grants/NAME.grant
#   pair_server, pair_client        copy the configuration, check it, start the proxy
#   farcap …                        the command
#
# Everything ends with the script: the processes, and the folder.

farcap_command=${FARCAP:-$PWD/../../farcap}
pair=
pair_pids=()

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'failed: %s\n' "$*" >&2
  if [ -n "$pair" ]; then
    for log in "$pair"/host-?/*.log; do
      if [ -e "$log" ]; then printf -- '-- the last lines of %s\n' "$log" >&2 && tail -n 15 "$log" >&2; fi
    done
  fi
  exit 1
}

farcap() { "$farcap_command" "$@"; }

# Waits until a command succeeds: await WHAT COMMAND…
await() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited a minute for $what"
    sleep 0.1
  done
}

# Ends what was started in the background, proxies and programs.
pair_end() {
  local pid
  for pid in "${pair_pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [ -n "$pair" ]; then rm -rf "$pair"; fi
}

# Remembers a process to be ended with the script.
pair_owns() { pair_pids+=("$1"); }

pair_folder() {
  command -v "$farcap_command" >/dev/null || fail "there is no command $farcap_command: set FARCAP to it"
  trap pair_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # In /tmp, whatever TMPDIR says: the path of a Unix socket may have 106 bytes.
  pair=$(mktemp -d /tmp/farcap-example.XXXXXX)
}

pair_begin() {
  pair_folder
  say "A realm with two hosts, in $pair"
  farcap ca init lab --out "$pair/realm" >/dev/null
  farcap ca issue host-a --ca "$pair/realm" --out "$pair/host-a/credentials"
  farcap ca issue host-b --ca "$pair/realm" --out "$pair/host-b/credentials" >/dev/null
  trust_bundle=$(sha256sum "$pair/realm/trust.bundle" | cut -d ' ' -f 1)
  mkdir "$pair/host-a/grants"
}

pair_grant() {
  local name=$1 service=$2
  shift 2
  farcap ca grant host-a "$service" --ca "$pair/realm" --server host-b "$@" --out "$pair/host-a/grants/$name.grant"
}

# Copies a configuration file to its host and fills in what no file in the sources can know.
pair_configure() {
  sed -e "s|TRUST-BUNDLE|$trust_bundle|" -e "s|SERVER-ADDRESS|${server_address:-}|" "$1" >"$2"
}

# Where the server-proxy accepts links, as its log says.
pair_server_address() {
  sed -n 's/.*links are accepted at \(tls:[^ ]*\)$/\1/p' "$pair/host-b/proxy.log"
}

pair_ready() { grep -q ' is ready$' "$1"; }

pair_start() { # COMMAND FILE; its process id is then in pair_started
  local log
  log=$(dirname "$2")/proxy.log
  farcap check "$2" || fail "$2 is not good"
  : >"$log"
  # Not through the function: the process to end is the proxy itself.
  "$farcap_command" "$1" "$2" >"$log" 2>&1 &
  pair_started=$!
  pair_owns "$pair_started"
  await "the $1" eval "pair_ready '$log' || ! kill -0 $pair_started"
  pair_ready "$log" || fail "the $1 has ended"
}

pair_server() {
  say "The server-proxy of host-b"
  pair_configure server.yaml "$pair/host-b/server.yaml"
  pair_start server-proxy "$pair/host-b/server.yaml"
  server_pid=$pair_started
  server_address=$(pair_server_address)
  # From here on it keeps the port that the system chose.
  sed -i "s|tls://127.0.0.1:0|$server_address|" "$pair/host-b/server.yaml"
  echo "links are accepted at $server_address"
}

pair_client() {
  say "The client-proxy of host-a"
  pair_configure directory.yaml "$pair/host-a/directory.yaml"
  pair_configure client.yaml "$pair/host-a/client.yaml"
  pair_start client-proxy "$pair/host-a/client.yaml"
}
