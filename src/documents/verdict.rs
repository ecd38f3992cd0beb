//! The verdict as a document: in one word, why, and what there is in counts.
//!
//! In: ground state, what the configuration and others say, the present moment. Out: the document behind
//! `/verdict` and `fedns status`; its first part stands in the status too.
//! Decides nothing: the verdict is made in [`crate::core::verdict`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clusters::watch_stats::{AgedFlaw, WatchStats};
use crate::core::state::{ClusterState, State};
use crate::core::time::{Moment, Past};
use crate::core::verdict::{Grade, Notice, OtherFlaw, Reason, Verdict, VerdictInput};

use super::DocumentInput;

/// How things stand, on one screen.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The version that runs.
    pub version: String,
    /// The verdict.
    pub verdict: VerdictRow,
    /// Whether answers wait for no cluster any more.
    pub ready: bool,
    /// The generation of the snapshot that answers.
    pub generation: u64,
    /// Clusters by state, each once; none of a state that none is in.
    pub clusters: BTreeMap<String, u64>,
    /// Services by how they do; none of a state that none is in.
    pub services: BTreeMap<String, u64>,
    /// How many complaints there are.
    pub complaints: u64,
}

/// The verdict.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictRow {
    /// `fine`, `attention` or `clients are hurt`; of a server that can not be asked, `unknown`.
    pub word: String,
    /// What a fine one rests on, else the worst reason.
    pub headline: String,
    /// Why it is not fine, the worst first.
    pub reasons: Vec<ReasonRow>,
    /// What is in force and makes it no worse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<ReasonRow>,
}

/// One reason.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonRow {
    /// What the verdict would be for this alone.
    pub word: String,
    /// One word: `down`, a state of clusters, a kind of complaint, `reload_failed` and the like.
    pub kind: String,
    /// The cluster that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The service that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// A sentence.
    pub text: String,
    /// For how long it has held, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<u64>,
}

impl VerdictRow {
    /// The row of a verdict.
    pub fn new(verdict: &Verdict, now: Moment) -> Self {
        let rows = |reasons: &[Reason]| -> Vec<ReasonRow> {
            reasons.iter().map(|reason| ReasonRow::new(reason, now)).collect()
        };
        Self {
            word: verdict.grade.to_string(),
            headline: verdict.headline.clone(),
            reasons: rows(&verdict.reasons),
            beside: rows(&verdict.beside),
        }
    }

    /// The verdict in its own type; unknown where a newer server has another word.
    pub fn grade(&self) -> Grade {
        Grade::parse(&self.word).unwrap_or(Grade::Unknown)
    }
}

impl ReasonRow {
    fn new(reason: &Reason, now: Moment) -> Self {
        Self {
            word: reason.grade.to_string(),
            kind: reason.kind.to_owned(),
            cluster: reason.cluster.as_ref().map(ToString::to_string),
            service: reason.service.as_ref().map(ToString::to_string),
            text: reason.text.clone(),
            for_seconds: reason.since.map(|since| since.age(now).as_secs()),
        }
    }
}

/// How many clusters are in each state: each counts once.
pub fn cluster_states(state: &State) -> BTreeMap<&'static str, u64> {
    let mut counts: BTreeMap<_, u64> = ClusterState::ALL.map(|it| (it.as_str(), 0)).into();
    for cluster in state.clusters() {
        *counts.entry(cluster.state().as_str()).or_default() += 1;
    }
    counts
}

/// How things stand, on one screen.
pub fn standing(input: &DocumentInput<'_>, reload_fault: Option<&Notice>) -> Standing {
    let DocumentInput { state, snapshot, .. } = *input;
    let there_are = |counts: BTreeMap<&'static str, u64>| {
        let counts = counts.into_iter().filter(|(_, number)| *number > 0);
        counts.map(|(word, number)| (word.to_owned(), number)).collect()
    };
    let services = state.health_totals().map(|(it, number)| (it.as_str(), u64::from(number)));
    let flaws = flaws(input.stats, input.now);
    Standing {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        verdict: verdict(input, reload_fault),
        ready: state.is_settled(),
        generation: snapshot.generation,
        clusters: there_are(cluster_states(state)),
        services: there_are(services.collect()),
        complaints: state.complaint_counts().values().sum::<u64>() + flaws.len() as u64,
    }
}

/// The verdict.
pub fn verdict(input: &DocumentInput<'_>, reload_fault: Option<&Notice>) -> VerdictRow {
    let (flaws, now) = (flaws(input.stats, input.now), input.now);
    let input = VerdictInput { flaws: &flaws, reload_fault, ..VerdictInput::of(input.state, now) };
    VerdictRow::new(&Verdict::new(&input), now)
}

/// What is wrong beside ground state.
pub fn flaws(stats: &WatchStats, now: Moment) -> Vec<OtherFlaw> {
    let all = stats.flaws().into_iter();
    let other =
        |AgedFlaw { subject, flaw, age }| OtherFlaw { subject, flaw, since: Past::ago(now, age) };
    all.map(other).collect()
}
