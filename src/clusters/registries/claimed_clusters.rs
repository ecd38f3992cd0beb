//! ClaimedClusters: what is kept of the Secrets of a registry.
//!
//! In: Secrets as they come and go. Out: the clusters that they tell of, by Secret. One that can
//! not be used any more keeps what it said before, with a complaint; much that is absent from a
//! list at once is doubted until a second list says so too. Does not know time or sockets.

use std::collections::BTreeMap;

use super::conventions::{Claim, claims};
use super::secret::Secret;

/// Secrets that are kept; a namespace with more is no registry.
const MAX_SECRETS: usize = 10_000;
/// So many Secrets may be absent from a list that is believed at once.
const FEW: usize = 2;

/// What is kept of one Secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// When it was created, in a form whose order is that of time.
    pub created: Box<str>,
    /// The clusters that it tells of.
    pub claims: Vec<Claim>,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// What is kept of the Secrets of a registry.
#[derive(Debug, Default)]
pub struct ClaimedClusters {
    allow_exec: bool,
    /// By name.
    found: BTreeMap<Box<str>, Found>,
    is_doubting: bool,
}

impl ClaimedClusters {
    /// Of no Secret yet. `allow_exec`: whether programs that kubeconfigs name may be run.
    pub fn new(allow_exec: bool) -> Self {
        Self { allow_exec, ..Self::default() }
    }

    /// What there is, by the names of the Secrets.
    pub fn found(&self) -> &BTreeMap<Box<str>, Found> {
        &self.found
    }

    /// What is to be kept of a Secret; `None` where it tells of no cluster.
    pub fn read(&self, secret: &Secret) -> Option<Found> {
        let mut found = Found { created: secret.created().into(), ..Found::default() };
        for claim in claims(secret, self.allow_exec)? {
            match claim {
                Ok(claim) => found.claims.push(claim),
                Err(fault) => found.faults.push(fault),
            }
        }
        let former = self.found.get(secret.name()).filter(|_| !found.faults.is_empty());
        for claim in former.map_or(&[][..], |former| &former.claims) {
            if found.claims.iter().all(|it| it.name != claim.name) {
                found.claims.push(claim.clone());
            }
        }
        Some(found)
    }

    /// A Secret is new or changed.
    pub fn put(&mut self, secret: &Secret) {
        match self.read(secret) {
            Some(found)
                if self.found.len() < MAX_SECRETS || self.found.contains_key(secret.name()) =>
            {
                self.found.insert(secret.name().into(), found);
            }
            _ => self.remove(secret.name()),
        }
    }

    /// A Secret is gone.
    pub fn remove(&mut self, name: &str) {
        self.found.remove(name);
    }

    /// All Secrets were listed, and these are those that tell of clusters. False where so many are
    /// absent that this is not believed before a second list says so: nothing has changed then.
    pub fn replace(&mut self, listed: BTreeMap<Box<str>, Found>) -> bool {
        let absent = self.found.keys().filter(|name| !listed.contains_key(*name)).count();
        self.is_doubting = !self.is_doubting && absent > FEW && absent * 2 > self.found.len();
        if !self.is_doubting {
            self.found = listed;
        }
        !self.is_doubting
    }

    /// Whether so many were listed that no more are kept.
    pub fn is_full(listed: usize) -> bool {
        listed >= MAX_SECRETS
    }
}

#[cfg(test)]
mod tests;
