//! What is wrong, in words an operator can act on.
//!
//! In: flaws. Out: text of one line, which says what stays as it was and what to do.
//! What is wrong within an object, a file or a Secret comes in words of whoever read it:
//! `clusters/kubernetes/to_facts.rs`, `clusters/manifests/document.rs`, `clusters/registries/conventions.rs`.
//! Does not know what a flaw is about.

use std::fmt::{self, Write};

use super::Flaw;
use crate::core::count::Count;
use crate::core::name::Label;
use crate::core::printable::Tame;

/// Most clusters that one complaint names beside its own.
const MOST_NAMES: usize = 5;

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words(&mut Tame::line(f))
    }
}

impl Flaw {
    /// The words, in which texts of clusters and files stand as they are.
    fn words(&self, f: &mut dyn Write) -> fmt::Result {
        match self {
            Self::AddressRefused(address) => write!(
                f,
                "address {address} is refused: this cluster may not name it; list its network \
                 under `addresses` of the cluster if it should"
            ),
            Self::AdminOpen(address) => write!(
                f,
                "{address} can be reached from anywhere that leads to this host, and tells \
                 everybody there what every cluster holds; let `admin.listen` be a loopback or \
                 private address, or keep strangers off with a firewall or a NetworkPolicy"
            ),
            Self::BadAddress(text) => write!(f, "{text:?} is no IP address; it is left out"),
            Self::BadAnnotation(key, value, expected) => {
                write!(f, "annotation {key}: {value:?} is ignored; expected {expected}")
            }
            Self::BadExternalName(text) => write!(
                f,
                "spec.externalName {text:?} is no host name; inside its cluster nothing is answered \
                 for it"
            ),
            Self::BadNetwork(text) => write!(
                f,
                "{text:?} is no network of pods such as 10.244.1.0/24; who asks from there is not \
                 known by it"
            ),
            Self::BadPlace(key, value, why) => {
                write!(f, "label {key}: {value:?} is no place: {why}; the node counts without it")
            }
            Self::BadServiceName(why) => write!(f, "its name can not stand in DNS: {why}"),
            Self::ConflictingFiles { object, kept } if kept.is_empty() => {
                write!(f, "{object} stands in it more than once; the first one counts")
            }
            Self::ConflictingFiles { object, kept } => {
                write!(f, "{object} stands in {kept} too; that one counts, this one is ignored")
            }
            Self::CredentialsRefused(why) => write!(
                f,
                "the API server does not take the credentials: {why}; what it said before stays"
            ),
            Self::CredentialsUnusable(why) => write!(
                f,
                "{why}; what the cluster said before stays, and the file is tried again when it \
                 changes"
            ),
            Self::ServerUnencrypted => write!(
                f,
                "the credentials go to the API server by plain http: whoever stands in between can \
                 read and use them; let `server` of the kubeconfig begin with https://"
            ),
            Self::ServerUnverified => write!(
                f,
                "the certificate of the API server is not looked at (`insecure-skip-tls-verify`; \
                 `insecure` of Argo CD): whoever stands in between can answer in its place and \
                 take the credentials; give its authority in `certificate-authority-data` \
                 (`caData`) instead"
            ),
            Self::ExecRefused(command) => write!(
                f,
                "the kubeconfig runs {command:?} for credentials, which the entry does not allow; \
                 if it should, add `allowExec: true` to `kubeconfig` of the cluster"
            ),
            Self::DescriptorsFew { most, clusters, connections, enough } => write!(
                f,
                "it may have {most} open files (RLIMIT_NOFILE), of which clusters take {clusters}: \
                 {connections} TCP connections of clients at a time are left. Allow {enough}: \
                 LimitNOFILE={enough} with systemd, `ulimit -n {enough}` in a shell"
            ),
            Self::EndpointsUnknown => write!(
                f,
                "it is headless now, and the addresses of its endpoints are not known until its \
                 EndpointSlices are read again; a manifest of them has to be changed or touched"
            ),
            Self::EmptyIngress => {
                write!(f, "an entry of status.loadBalancer.ingress has neither ip nor hostname")
            }
            Self::ExternalNameUnresolved(name) => write!(
                f,
                "spec.externalName {name} can not be resolved from here; inside its cluster its CNAME \
                 is answered, with the addresses of before, if any, until `hostnameStaleLimit`"
            ),
            Self::ExternalNamesTooMany(name, most) => write!(
                f,
                "the cluster has more than {most} names in spec.externalName: {name} is \
                 not resolved, and inside the cluster answered by its CNAME alone"
            ),
            Self::ForeignCluster(uid) => write!(
                f,
                "its API server is now that of another cluster (kube-system has UID {uid}); what \
                 the former one said stays. If that is meant, say `fedns clusters accept NAME`"
            ),
            Self::FederationLikeNamespace(name) => write!(
                f,
                "a namespace is called {name} like a federation: inside the cluster their names \
                 collide; rename one"
            ),
            Self::FileUnfinished => {
                write!(f, "empty or still being written; what was read of it before stays")
            }
            Self::FileUnreadable(why) => write!(
                f,
                "{why}; what was read of it before stays. If nothing was, names that nobody else \
                 has stay SERVFAIL: mend it, or take it out of the folder"
            ),
            Self::FolderMissing(what) => {
                write!(f, "{what}; what was read of it before stays")
            }
            Self::Forbidden { verb, resource, group, namespace } => {
                write!(f, "the API server forbids to {verb} them ")?;
                match namespace {
                    Some(namespace) => write!(f, "in namespace {namespace}; add to a Role there")?,
                    None => write!(f, "in all namespaces; add to a ClusterRole")?,
                }
                write!(
                    f,
                    " of this user: {{apiGroups: [\"{group}\"], resources: [{resource}], \
                     verbs: [get, list, watch]}}"
                )
            }
            Self::HostnameAddressRefused(name, address) => write!(
                f,
                "load-balancer hostname {name} resolves to {address}, which is refused: this \
                 cluster may not name it; list its network under `addresses` of the cluster if \
                 it should"
            ),
            Self::HostnameGone(name) => write!(
                f,
                "load-balancer hostname {name} does not exist (NXDOMAIN twice); its addresses \
                 are withdrawn"
            ),
            Self::HostnameInOwnZone(name) => write!(
                f,
                "load-balancer hostname {name} lies in a zone that is served here, or is an \
                 alias into one; it is not followed"
            ),
            Self::HostnameUnresolved(name) => write!(
                f,
                "load-balancer hostname {name} can not be resolved; what it resolved to before, \
                 if anything, stays until `hostnameStaleLimit`"
            ),
            Self::ListedTooOften { lists, pause } => write!(
                f,
                "they were listed in whole {lists} times in a row, because watches were cut and the \
                 API server no longer knew where they had come to, or because lists broke off; what \
                 was read of them stays, and the next list waits {pause} s: until then changes are \
                 not seen. Look for what ends connections between fedns and the API server, such as \
                 a proxy's time limit, and let the server remember versions for longer \
                 (--etcd-compaction-interval, --watch-cache)"
            ),
            Self::NameTooLong(name) => write!(
                f,
                "{name} passes 255 octets and does not exist; who would be sent there is sent \
                 one level wider"
            ),
            Self::NameTaken(name, by) => write!(
                f,
                "a cluster is called {name} already, by {by}, which was there first; rename one: \
                 annotation fedns.dev/name can name this one"
            ),
            Self::NamespaceRefused => write!(
                f,
                "this cluster may not publish the namespace; add it under `namespaces` of the \
                 cluster if it should"
            ),
            Self::NoPlace => write!(
                f,
                "no region and zone known, so it counts in global answers only; label its nodes \
                 topology.kubernetes.io/region and /zone, or set `region` and `zones`"
            ),
            Self::ObjectUnusable(why) | Self::Unquoted(why) => f.write_str(why),
            Self::RegistryUnread(why) => {
                write!(f, "{why}; clusters that are known from it stay registered")
            }
            Self::SameCluster(uid, others) => {
                let names: Vec<_> = others.iter().take(MOST_NAMES).map(Label::as_str).collect();
                let rest = others.len().saturating_sub(MOST_NAMES);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                write!(
                    f,
                    "its API server is that of {}{rest} too (kube-system has UID {uid}), so what \
                     runs there is answered as if it ran in each; take one of the entries out, or \
                     mend the one that leads there by mistake: of merged kubeconfigs the first to \
                     have a name wins",
                    names.join(", ")
                )
            }
            Self::SecretUnusable(why) => {
                write!(f, "{why}; what was read of it before, if anything, stays")
            }
            Self::Panicked(panic) => write!(
                f,
                "this is a fault of fedns: what watches it ended with {panic}; what it said before \
                 stays, and it is watched anew after a pause. Please report this line with the \
                 version of fedns"
            ),
            Self::ServerUnready(why) => write!(
                f,
                "the API server does not say that it is ready: {why}; its lists and watches go on, \
                 and answers follow them"
            ),
            Self::ReadingFails(why) => {
                write!(f, "they can not be read: {why}; what was read of them before stays")
            }
            Self::ZoneFileRefused { faults, first, is_kept } => {
                let count = Count(*faults, "fault");
                let then = match is_kept {
                    true => "the zone stays as it was",
                    false => "its names are SERVFAIL until it can be used",
                };
                write!(f, "{count}, and so {then}; the first is {first}")
            }
            Self::ZoneFolderUnread(why) => {
                write!(f, "can not be read: {why}; static zones stay as they were")
            }
            Self::WithdrawalHeld { absent, of } => write!(
                f,
                "{absent} of {of} are absent from its list, which is more than `withdrawGuard` \
                 believes at once; they stay until a second list says so too"
            ),
            Self::SingleNameserver => {
                write!(
                    f,
                    "one name server only; a second one keeps the zone reachable (RFC 1034 4.1)"
                )
            }
            Self::SourceEmpty => write!(
                f,
                "its source holds nothing, which is not believed: what an earlier run kept of it \
                 answers until the source holds an object. If the cluster is empty, take its entry \
                 out"
            ),
            Self::StateFileRefused(why) => write!(
                f,
                "{why}; it is not used, and is replaced when what it should hold is known again"
            ),
            Self::StateFileStays(why) => write!(
                f,
                "it can not be removed: {why}; until then each change of the cluster is written as a \
                 whole file. Take it away, or let this process remove files there; it tries again by \
                 itself"
            ),
            Self::StateFolderTaken => write!(
                f,
                "another process keeps its state there; this one serves and keeps nothing until \
                 that one ends. If both are to run, give each a `stateDir` of its own"
            ),
            Self::StateNotKept(why) => write!(
                f,
                "{why}; answers are not touched, but a restart would begin from what was kept \
                 before. Make room, or let this process write there; it tries again by itself"
            ),
            Self::SocketUnusable(why) => {
                write!(f, "{why}; what changes something takes a token until then")
            }
            Self::TokenLineBad(line, expected) => {
                write!(f, "line {line}: {expected}; the line counts for nothing")
            }
            Self::TokensOpen(mode) => write!(
                f,
                "others than its owner can read or write it (mode {mode:04o}), and who has a token                  can change what is answered: chmod 600"
            ),
            Self::OverridesUnknown(why) => write!(
                f,
                "{why}; no copy of it was kept, so that nobody knows what is drained: the server is not ready until \
                 the file can be read"
            ),
            Self::OverridesUnread(why) => write!(
                f,
                "{why}; what it said last holds, each until its own end, and it is read again when it changes"
            ),
            Self::TokensUnread(why) => write!(
                f,
                "it can not be read: {why}; nobody is let in by a token until it can, which is                  tried again by itself"
            ),
        }
    }
}
