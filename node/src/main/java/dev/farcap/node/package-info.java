/// From a configuration to a running node: a proxy of its own, or a part of a program.
///
/// What enters: one YAML file, or the same said in code ([NodeConfig]), and the services that a
/// program hosts ([HostedService]). What leaves: a running [Node].
///
/// ```yaml
/// identity: credentials           # folder that 'farcap ca issue' wrote
/// trustBundle: 5f70...            # its trust bundle's SHA-256, pinned
/// state: state                    # this process's own folder
/// status: 9464                    # loopback port of metrics, health, status; 0: any; absent: none
/// link: {resumeWindow: 30s}       # also pingInterval, openTimeout, rerouteGrace, drainTimeout
///
/// client:
///   directory: directory.yaml     # providers and routes, or {consul: {address: …, token: FILE}}
///   grants: grants                # folder of *.grant files, watched
///   program: app2                 # the program that this node is a part of opens sessions itself
///   listeners:
///     - name: app1                # first element of every label that comes in here
///       unix: run/app1.sock       # or tcp: 127.0.0.1:7000
///       allowedUids: [1000]       # by default the user of this process
///       whileDown: wait           # or fail
///       idle: 5m                  # unused sessions are closed
///       connections: 1000         # bounds; also calls, callsPerConnection, sessionsPerConnection
///   standIns: {LOG: true}         # lines are answered here and spooled
///
/// server:
///   listen: ["tls://0.0.0.0:7443", "quic://0.0.0.0:7443"]
///   directory: {consul: {}, addresses: ["tls://10.0.0.2:7443"]}   # registers there; or absent
///   local: {unix: run/local.sock} # signals for the programs behind it
///   backends:
///     roms: {rom: /srv/roms}      # or {rom: {root: /srv/roms, default: {motd: "none yet"}}}
///     log: {log: app.log}         # or {log: {file: app.log, sync: true}}
///     greeter: {grpc: {unix: run/greeter.sock}}
///     own: {hosted: acme.Clock}   # a service of the program that this node is a part of
///     far: {grpc: {tcp: "10.0.0.9:443", tls: {authorities: ca.pem}}}
///   exports:                      # which backend serves which effective label
///     ROM: roms                   # every label
///     LOG: log
///     acme.Greeter:
///       policies: [{labelPrefix: "host-a -> ", backend: greeter}]
///       default: far
/// ```
@NullMarked
package dev.farcap.node;

import org.jspecify.annotations.NullMarked;
