//! A registry that is watched: what is known of it, and what is wrong with it.
//!
//! In: what its watch tells, and what becomes of that watch. Out: complaints. What was read once stays
//! while it can not be read. Does not know which cluster of a name counts.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;

use crate::clusters::registries::{RegistryNamespace, RegistryReport};
use crate::config::{Registry, RegistryIdentity};
use crate::core::complaint::{Flaw, Subject};
use crate::panics::News;
use crate::server::watches::credentials;

/// A registry that is watched.
pub(super) struct Watch {
    pub(super) registry: Registry,
    /// Which one it is, whatever else its entry says.
    pub(super) identity: RegistryIdentity,
    pub(super) number: u64,
    pub(super) stop: CancellationToken,
    pub(super) report: RegistryReport,
    /// That what watches it panicked, until it has been well for long.
    pub(super) broken: Option<Flaw>,
    /// Since when it can be read, in unix seconds.
    pub(super) read_since: Option<u64>,
    /// What was wrong when that was looked at last.
    pub(super) complaints: Vec<(Subject, Flaw)>,
}

/// How a registry is reached.
pub(super) fn place(registry: &Registry) -> RegistryNamespace {
    RegistryNamespace {
        credentials: credentials(&registry.kubeconfig),
        namespace: registry.namespace.clone(),
        allow_exec: registry.allow_exec,
    }
}

impl Watch {
    /// One of which nothing is known yet.
    pub(super) fn new(registry: Registry, number: u64, stop: CancellationToken) -> Self {
        Self {
            identity: RegistryIdentity::of(&registry),
            registry,
            number,
            stop,
            report: RegistryReport::default(),
            broken: None,
            read_since: None,
            complaints: Vec::new(),
        }
    }

    /// Takes in what became of the task that watches it.
    pub(super) fn note(&mut self, news: News) {
        self.broken = match news {
            News::Broken(panic) => {
                self.read_since = None;
                self.report.is_read = false;
                Some(Flaw::Panicked(panic.to_string().into()))
            }
            News::Well => None,
        };
    }

    /// Takes in what is told. What was read before stays while it can not be read, also where
    /// whoever reads it has begun anew and knows nothing of before.
    pub(super) fn take(&mut self, mut report: RegistryReport) {
        report.found = report.found.or_else(|| self.report.found.take());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let read_since = report.is_read.then(|| self.read_since.unwrap_or(now));
        match (self.read_since, read_since) {
            (None, Some(_)) => tracing::info!("registry {} is read", self.registry),
            (Some(_), None) => tracing::warn!("registry {} can not be read", self.registry),
            (None, None) | (Some(_), Some(_)) => {}
        }
        (self.report, self.read_since) = (report, read_since);
    }

    pub(super) fn subject(&self, secret: &str) -> Subject {
        Subject::Secret(self.registry.namespace.as_str().into(), secret.into())
    }

    /// What is wrong with the registry and with its Secrets, whatever other registries hold.
    pub(super) fn faults(&self) -> Vec<(Subject, Flaw)> {
        let registry = Subject::Registry(self.registry.to_string().into());
        let own = self.report.faults.iter();
        let own = own.map(|why| (registry.clone(), Flaw::RegistryUnread(why.as_str().into())));
        let of_secrets = self.report.found.iter().flatten().flat_map(|(secret, found)| {
            found
                .faults
                .iter()
                .map(|why| (self.subject(secret), Flaw::SecretUnusable(why.as_str().into())))
        });
        let warnings = self.report.warnings.iter();
        let warnings = warnings.map(|flaw| (registry.clone(), flaw.clone()));
        let broken = self.broken.iter().map(|flaw| (registry.clone(), flaw.clone()));
        own.chain(broken).chain(warnings).chain(of_secrets).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Kubeconfig;
    use crate::core::name::Label;
    use crate::panics::Panic;

    #[test]
    fn a_watch_that_panics_leaves_what_was_read() {
        let registry = Registry {
            kubeconfig: Kubeconfig::InCluster,
            namespace: Label::parse("fedns").expect("a label"),
            allow_exec: false,
        };
        let mut watch = Watch::new(registry, 1, CancellationToken::new());
        let found = Some(BTreeMap::new());
        watch.take(RegistryReport {
            found: found.clone(),
            is_read: true,
            ..RegistryReport::default()
        });
        assert!(watch.read_since.is_some() && watch.faults().is_empty());
        let panic = Panic { place: "src/x.rs:7".into(), words: None };
        watch.note(News::Broken(panic));
        assert_eq!((watch.read_since, &watch.report.found), (None, &found));
        let said: Vec<_> = watch.faults().iter().map(|(_, flaw)| flaw.to_string()).collect();
        assert!(said[0].starts_with("this is a fault of fedns"), "{said:?}");
        assert!(said[0].contains("a panic at src/x.rs:7;"), "{said:?}");
        // Whoever begins anew knows nothing of before, and may find nobody.
        watch.take(RegistryReport {
            faults: vec!["no contact".into()],
            ..RegistryReport::default()
        });
        assert_eq!((watch.read_since, &watch.report.found), (None, &found));
        watch.take(RegistryReport {
            found: found.clone(),
            is_read: true,
            ..RegistryReport::default()
        });
        assert!(watch.read_since.is_some());
        // It is told until the watch has gone on for long.
        assert_eq!(watch.faults().len(), 1);
        watch.note(News::Well);
        assert!(watch.faults().is_empty());
    }
}
