/// From a configuration file to a running proxy.
///
/// What enters: one YAML file ([NodeConfig]). What leaves: a running node: a client-proxy, a
/// server-proxy or both.
///
/// ```yaml
/// identity: credentials           # folder that 'farcap ca issue' wrote
/// trustBundle: 5f70...            # its trust bundle's SHA-256, pinned
/// state: state                    # this process's own folder
/// status: 9464                    # loopback port of metrics, health, status; 0: any; absent: none
/// link: {resumeWindow: 30s}       # also pingInterval, openTimeout, rerouteGrace, drainTimeout
///
/// client:
///   directory: directory.yaml     # providers and routes
///   grants: grants                # folder of *.grant files, watched
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
///   listen: ["tls://0.0.0.0:7443"]
///   local: {unix: run/local.sock} # signals for the programs behind it
///   backends:
///     roms: {rom: /srv/roms}      # or {rom: {root: /srv/roms, default: {motd: "none yet"}}}
///     log: {log: app.log}         # or {log: {file: app.log, sync: true}}
///     greeter: {grpc: {unix: run/greeter.sock}}
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
