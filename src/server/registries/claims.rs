//! Clusters that Secrets claim, and those of them that are registered.
//!
//! In: what the watches of registries have found. Out: candidates in the order in which they get their
//! names; what one of them is registered as, or what is wrong with it. A Secret that says something of
//! no use changes nothing. Does not know who else has the name.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::clusters::api::{Credentials, Latest};
use crate::clusters::kubeconfig::{Held, Server};
use crate::clusters::registries::Claim;
use crate::config::{ClusterEntry, Config, RegistryIdentity, SourceIdentity};
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::server::watches::{RegisteredCluster, Watched};

use super::watched::Watch;

/// Keys of a cluster's entry, and values.
pub(super) type Annotations = BTreeMap<Box<str>, Box<str>>;

/// A Secret of a registry.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Owner {
    pub(super) registry: RegistryIdentity,
    /// The name of the Secret.
    pub(super) secret: Box<str>,
}

impl Owner {
    /// What the facts of a cluster are read from that this Secret tells of.
    pub(super) fn source(&self) -> SourceIdentity {
        let Self { registry, secret } = self.clone();
        SourceIdentity::Registered { registry, secret }
    }
}

/// Where a kubeconfig leads. As long as that is the same the kubeconfig may change, and the watch of
/// its cluster goes on.
#[derive(Eq, PartialEq)]
struct Target {
    server: Server,
    allow_exec: bool,
}

/// A cluster that a registry has registered.
pub(super) struct Registered {
    pub(super) owner: Owner,
    /// What annotations say of it, and what that means.
    pub(super) annotations: Annotations,
    policy: ClusterPolicy,
    target: Target,
    kubeconfig: watch::Sender<Held>,
}

impl Registered {
    /// The cluster under a name, with what is to be watched of it.
    pub(super) fn cluster(&self, name: &Label) -> RegisteredCluster {
        let credentials = Credentials::Held(Latest::of(&self.kubeconfig));
        let (name, policy) = (name.clone(), self.policy.clone());
        RegisteredCluster {
            watched: Some(Watched::server(credentials, &policy)),
            entry: ClusterEntry { name, policy, source: self.owner.source() },
        }
    }
}

/// A cluster that wants to be registered.
pub(super) struct Candidate<'w> {
    /// The position of its registry.
    pub(super) at: usize,
    pub(super) namespace: &'w Label,
    pub(super) owner: Owner,
    pub(super) claim: &'w Claim,
}

impl Candidate<'_> {
    /// Its Secret, for complaints.
    pub(super) fn subject(&self) -> Subject {
        Subject::Secret(self.namespace.as_str().into(), self.owner.secret.clone())
    }

    /// What it is registered as, if its name is free, and what is wrong with its entry. One that was
    /// good keeps what it said: `former` is what has the name until now.
    pub(super) fn register(
        &self,
        config: &Config,
        former: Option<Registered>,
    ) -> (Option<Registered>, Option<Flaw>) {
        let Claim { name, held, server, entry } = self.claim;
        let said = config.defaults.entry(entry.iter().map(|(key, value)| (&**key, &**value)));
        let (policy, flaw) = match said {
            Ok(policy) => (policy, None),
            Err(why) => {
                let why = format!("annotations of `{name}`: {why}");
                let flaw = Some(Flaw::SecretUnusable(why.into()));
                match former.as_ref().filter(|former| former.owner == self.owner) {
                    Some(former) => (former.policy.clone(), flaw),
                    None => return (None, flaw),
                }
            }
        };
        let target = Target { server: server.clone(), allow_exec: held.allow_exec };
        let kubeconfig = match former.filter(|former| former.target == target) {
            Some(former) => {
                former.kubeconfig.send_if_modified(|now| {
                    let is_new = now != held;
                    now.clone_from(held);
                    is_new
                });
                former.kubeconfig
            }
            None => watch::Sender::new(held.clone()),
        };
        let owner = self.owner.clone();
        let annotations = if flaw.is_none() { entry.clone() } else { Annotations::new() };
        (Some(Registered { owner, annotations, policy, target, kubeconfig }), flaw)
    }
}

/// All clusters that want to be registered. First come those that are, then the older Secrets.
pub(super) fn candidates<'w>(
    watched: &'w [Watch],
    registered: &BTreeMap<Label, Registered>,
) -> Vec<Candidate<'w>> {
    let mut all = Vec::new();
    for (at, watch) in watched.iter().enumerate() {
        for (secret, found) in watch.report.found.iter().flatten() {
            for claim in &found.claims {
                let owner = Owner { registry: watch.identity.clone(), secret: secret.clone() };
                let is_new = registered.get(&claim.name).is_none_or(|it| it.owner != owner);
                let namespace = &watch.registry.namespace;
                all.push((is_new, &found.created, Candidate { at, namespace, owner, claim }));
            }
        }
    }
    all.sort_by(|(is_new, created, a), (is_newer, later, b)| {
        (is_new, created, a.at, &a.owner).cmp(&(is_newer, later, b.at, &b.owner))
    });
    all.into_iter().map(|(_, _, candidate)| candidate).collect()
}
