//! What is told of a registry: all of it each time, and only where that makes a difference.
//!
//! In: what Secrets tell, and what is wrong. Out: a [`RegistryReport`] on a channel.
//! Does not know how Secrets are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use super::claimed_clusters::Found;
use crate::clusters::api::credentials_listener::{
    CredentialFlaws, CredentialsListener, Finder, Unheard,
};
use crate::core::complaint::Flaw;

/// How things stand with a registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegistryReport {
    /// What each Secret tells, by its name; `None` until they were read once.
    pub found: Option<BTreeMap<Box<str>, Found>>,
    /// Why they can not be read now, and what is wrong with those that have no name.
    pub faults: Vec<String>,
    /// What is wrong and keeps nobody from reading.
    pub warnings: Vec<Flaw>,
    /// Whether they can be read now.
    pub is_read: bool,
}

/// Tells reports, each as number and report.
pub(super) struct RegistryReporter {
    number: u64,
    out: mpsc::Sender<(u64, RegistryReport)>,
    state: Mutex<Told>,
}

#[derive(Default)]
pub(super) struct Told {
    /// The report that was sent last.
    report: RegistryReport,
    pub(super) found: Option<BTreeMap<Box<str>, Found>>,
    pub(super) credentials: CredentialFlaws,
    pub(super) reading: Option<String>,
    pub(super) nameless: Vec<String>,
}

impl RegistryReporter {
    /// A reporter that has told nothing yet.
    pub(super) fn new(number: u64, out: mpsc::Sender<(u64, RegistryReport)>) -> Self {
        Self { number, out, state: Mutex::default() }
    }

    /// Changes what is to be told, and tells it if that makes a difference.
    pub(super) async fn tell(&self, change: impl FnOnce(&mut Told)) -> Result<(), Unheard> {
        let report = {
            let mut told = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut told);
            let (warnings, credentials): (Vec<_>, Vec<_>) =
                told.credentials.iter().cloned().partition(is_weakness);
            let credentials = credentials.iter().map(ToString::to_string);
            let faults: Vec<_> = credentials.chain(told.reading.clone()).collect();
            let is_read = faults.is_empty() && told.found.is_some();
            let faults = faults.into_iter().chain(told.nameless.clone()).collect();
            let report = RegistryReport { found: told.found.clone(), faults, warnings, is_read };
            if report == told.report {
                return Ok(());
            }
            told.report = report.clone();
            report
        };
        self.out.send((self.number, report)).await.map_err(|_| Unheard)
    }
}

/// Whether a flaw of credentials lets others in between, and keeps nobody from reading.
fn is_weakness(flaw: &Flaw) -> bool {
    matches!(flaw, Flaw::ServerUnverified | Flaw::ServerUnencrypted)
}

impl CredentialsListener for RegistryReporter {
    async fn opened(&self, _: Option<i64>, weakness: Option<Flaw>) -> Result<(), Unheard> {
        self.tell(|told| _ = told.credentials.set(Finder::Here, weakness)).await
    }

    async fn unusable(&self, flaw: Flaw, _: bool) -> Result<(), Unheard> {
        self.tell(|told| _ = told.credentials.set(Finder::Here, Some(flaw))).await
    }
}
