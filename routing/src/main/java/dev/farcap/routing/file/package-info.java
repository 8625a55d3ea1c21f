/// A directory in a YAML file, reloaded when the file changes.
///
/// ```yaml
/// providers:                        # who serves; the names are for this file and for logs
///   host-b:
///     identity: farcap://lab/host-b # what its certificate must prove
///     services: [ROM, LOG]          # aliases, or full gRPC service names such as acme.Sensor
///     addresses: ["quic://10.0.0.2:7443", "tls://10.0.0.2:7443"]  # best first
///   host-c:                         # no addresses: it dials its users
///     identity: farcap://lab/host-c
///     services: [ROM, acme.Sensor]
///     health: draining              # up (default), draining, down
///     weight: 50                    # among providers that serve alike; 100 is the default
///
/// routes:                           # first match wins
///   - {service: ROM, labelPrefix: "boot -> ", to: [host-b, host-c]}
///   - {service: LOG, to: [{provider: host-b, prependResource: "site-1 "}]}
///   - {listener: kiosk, anyService: true, to: []}
///   - {service: acme.Sensor, to: [{nearestOf: [host-c, host-b], resource: outside}]}
///   - {anyService: true, to: [any]}
///
/// defaultRoute:                     # only for listeners that have no route
///   - {anyService: true, to: [any]}
/// ```
///
/// **providers** (required, at most 1,000): a mapping from names to
///
/// | key | meaning |
/// |---|---|
/// | `identity` | required; `farcap://realm/path`; no two providers have the same |
/// | `services` | required; at most 256 |
/// | `addresses` | at most 16, of the media that the process has, tried in this order |
/// | `health` | `up`, `draining` or `down`: where new sessions go among the targets of one rule |
/// | `weight` | 0 to 10,000: its share of new sessions among those that serve alike |
///
/// A name is 1 to 64 of `a-z 0-9 . _ -`, not `any` and not `nearest`.
///
/// **routes** and **defaultRoute** (at most 20,000 rules each): lists of rules, tried in document
/// order. The route of a listener is the rules that name it or name none.
///
/// | key | the rule is for |
/// |---|---|
/// | `service` | sessions of this service |
/// | `anyService: true` | sessions of every service; exactly one of both must be there |
/// | `listener` | this listener only; not in `defaultRoute` |
/// | `label` | exactly this label, as the program asked it; `""`: none asked |
/// | `labelPrefix`, `labelSuffix` | labels that begin or end with this text |
/// | `labelLast` | exactly this last element; the three above are then ignored |
/// | `unscopedLabel` | exactly this label, listener's name first; all other labels are then ignored |
/// | `to` | required: targets, tried in this order; `[]` is a target that always fails |
///
/// A target fails if it does not provide the service. If all targets of a `service` rule fail the
/// session is denied; after an `anyService` rule the next rule is tried. The targets after the one
/// that is chosen stand in for it while it is draining, down or cut off.
///
/// A **target** is the name of a provider, or `any` (the one provider of the service; if there are
/// several the session is denied), or `nearest` (of all that provide the service the nearest, by
/// weight where several are near: [dev.farcap.routing.Nearness]), or a mapping that also rewrites
/// the label:
///
/// | key | meaning |
/// |---|---|
/// | `provider` | a name, `any` or `nearest` |
/// | `nearestOf` | names, instead of `provider`: the nearest of these |
/// | `label` | replaces the whole label, listener's name included; the others are then ignored |
/// | `identity` | replaces all before the last element; `""` removes it |
/// | `resource` | replaces the last element |
/// | `prependResource` | text in front of the last element |
///
/// Policies, in the configuration of a server, use `label`, `labelPrefix` and `labelSuffix` with
/// the same meaning, compared with the effective label: [PolicyReader].
///
/// Reading order: [FileDirectory], [PolicyReader]. Nothing here decides.
@NullMarked
package dev.farcap.routing.file;

import org.jspecify.annotations.NullMarked;
