/// A directory in Consul: watched, signed, kept on disk.
///
/// | in Consul | what | who may write it | what it can do |
/// |---|---|---|---|
/// | key `farcap/REALM/routes` | providers and rules, the text of a directory file, signed and numbered | who has a DIRECTORY key | everything a directory does |
/// | keys `farcap/REALM/bundles/NUMBER` | trust bundles after the pinned one, each signed by the one before | who has a BUNDLE key | rotate keys |
/// | key `farcap/REALM/revocations` | the revocation list, signed | who has a REVOKE key | carried, not yet applied |
/// | service `farcap-REALM` | providers as they register themselves: identity, addresses, weight, health | anybody who may register | say where a provider of the routes is reached, never who it is |
///
/// Who can write to Consul and has no key can withhold and mislead to places where nobody proves
/// the right identity; it can neither redirect nor bring back what was replaced. What Consul no
/// longer says stays in force, here and across restarts: the routes as they were last, providers at
/// their last addresses, as down.
///
/// Reading order: [ConsulDirectory] with [RouteBook] (what is believed), [Catalog] and
/// [Registration] (what is only heard); [ConsulRegistration] (the provider's side);
/// [ConsulPublisher] (the operator's); [DirectoryTrust] (the realm's keys, which others have).
/// Below them [Watch] (asks and waits), [LastGood] (the disk), [ConsulAgent] (the only class that
/// knows the library).
///
/// Nothing here runs on an event loop: each watch and each registration has a virtual thread.
@NullMarked
package dev.farcap.routing.consul;

import org.jspecify.annotations.NullMarked;
