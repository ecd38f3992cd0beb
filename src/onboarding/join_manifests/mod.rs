//! Joining: what a cluster needs in itself so that fedns can watch it (it is called a member then), and
//! what fedns needs of it.
//!
//! In: a cluster's name, and what fedns shall see of it. Out: Kubernetes objects; a kubeconfig; a
//! Secret for the cluster that fedns runs in, or an entry of the configuration.
//! Does not know API servers, or who writes what where.

mod rights;
mod credentials;

use crate::core::name::Label;

pub use credentials::{Credential, yaml};
pub use rights::{MANAGED_BY, MANAGER, Manifest};

/// The label by which Secrets with credentials of clusters are found; its value is the name.
pub const CLUSTER_LABEL: &str = "fedns.dev/cluster";

/// A cluster that joins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JoiningCluster {
    /// Its id.
    pub name: Label,
    /// The namespace of its service account.
    pub namespace: Label,
    /// The namespaces whose services are read; empty = all.
    pub namespaces: Vec<Label>,
    /// Its region, where its nodes do not say it.
    pub region: Option<Label>,
    /// Its zones.
    pub zones: Vec<Label>,
}

impl JoiningCluster {
    /// What all objects in the member are called. It is of the namespace, so that several
    /// installations of fedns can watch one cluster.
    pub fn account(&self) -> String {
        format!("{}-member", self.namespace)
    }

    /// What the Secret with the token is called.
    pub fn token(&self) -> String {
        format!("{}-token", self.account())
    }

    /// Whether its nodes say where it stands.
    pub fn reads_nodes(&self) -> bool {
        self.region.is_none() || self.zones.is_empty()
    }
}

/// The name of a cluster after its context: lower-cased, each run of other characters than letters
/// and digits as one hyphen, none of them first or last, and 63 characters at most. `None` where
/// nothing is left.
///
/// `gke_my-project_us-east1-b_prod` becomes `gke-my-project-us-east1-b-prod`.
pub fn name_of_context(context: &str) -> Option<Label> {
    let mut name = String::new();
    for letter in context.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(63);
    Label::parse(name.trim_end_matches('-')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_become_names() {
        for (context, name) in [
            ("gke_my-project_us-east1-b_prod", "gke-my-project-us-east1-b-prod"),
            ("arn:aws:eks:eu-west-1:1234:cluster/Prod", "arn-aws-eks-eu-west-1-1234-cluster-prod"),
            ("--Kind__kind--", "kind-kind"),
            ("1", "1"),
        ] {
            assert_eq!(name_of_context(context).expect(context).as_str(), name);
        }
        let long = format!("{}/x", "a".repeat(62));
        assert_eq!(name_of_context(&long).expect("a name").as_str(), "a".repeat(62));
        for context in ["", "_/_", "\u{e9}"] {
            assert_eq!(name_of_context(context), None, "{context:?}");
        }
    }
}
