//! Complaints, by kind: how many there are of each and the first of them, and all of one kind in pages.
//!
//! In: ground state, numbers of the watches, the present moment. Out: what the status page shows of
//! complaints. Does not know what a complaint means.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::core::complaint::{Flaw, Subject, costs_answers};
use crate::core::time::Past;
use crate::core::verdict::OtherFlaw;

use super::DocumentInput;
use super::clusters::passed;
use super::verdict::flaws;

/// Complaints of a kind that are told with it.
const FIRST: usize = 3;
/// Complaints on a page.
const PAGE: usize = 100;

/// A complaint.
#[derive(Clone, Debug, Serialize)]
pub struct ComplaintRow {
    /// The cluster that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
}

/// The complaints of a kind.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComplaintKind {
    /// The kind, in the word of metrics.
    pub kind: &'static str,
    /// How many there are.
    pub number: u64,
    /// Whether they cost answers.
    pub costs_answers: bool,
    /// For how long there is one, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<u64>,
    /// The first of them.
    pub first: Vec<ComplaintRow>,
}

/// What there is to complain of.
#[derive(Clone, Debug)]
pub struct ComplaintSummary {
    /// How many complaints there are about each cluster.
    pub by_cluster: BTreeMap<String, u64>,
    /// Those of each kind: first the kinds that cost answers, and among these the one of which there is
    /// most.
    pub kinds: Vec<ComplaintKind>,
}

/// A page of the complaints of a kind.
#[derive(Clone, Debug, Serialize)]
pub struct ComplaintPage {
    /// How many there are.
    pub number: usize,
    /// Those of the page.
    pub complaints: Vec<ComplaintRow>,
}

/// One complaint, whoever tells it.
struct Told {
    cluster: Option<String>,
    subject: Subject,
    flaw: Flaw,
    /// Since when there is this one, where that is known of it alone.
    since: Option<Past>,
}

impl Told {
    fn row(&self) -> ComplaintRow {
        let (subject, message) = (self.subject.to_string(), self.flaw.to_string());
        ComplaintRow { cluster: self.cluster.clone(), subject, message }
    }
}

/// All complaints, those of clusters first.
fn told(input: &DocumentInput<'_>) -> impl Iterator<Item = Told> {
    let of_facts = input.state.complaints().into_iter().map(|it| Told {
        cluster: it.cluster.map(|it| it.to_string()),
        subject: it.subject,
        flaw: it.flaw,
        since: None,
    });
    let others = flaws(input.stats, input.now).into_iter();
    of_facts.chain(others.map(|OtherFlaw { subject, flaw, since }| Told {
        cluster: None,
        subject,
        flaw,
        since: Some(since),
    }))
}

/// What there is to complain of.
pub fn summary(input: &DocumentInput<'_>) -> ComplaintSummary {
    let since = input.state.complaint_kinds();
    let mut by_cluster: BTreeMap<String, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<&'static str, ComplaintKind> = BTreeMap::new();
    for told in told(input) {
        let kind = told.flaw.kind();
        let of_kind = kinds.entry(kind).or_insert_with(|| ComplaintKind {
            kind,
            number: 0,
            costs_answers: costs_answers(kind),
            for_seconds: since.get(kind).map(|it| passed(it.since, input.now)),
            first: Vec::new(),
        });
        of_kind.number += 1;
        let age = told.since.map(|it| it.age(input.now).as_secs());
        of_kind.for_seconds = of_kind.for_seconds.max(age);
        if of_kind.first.len() < FIRST {
            of_kind.first.push(told.row());
        }
        if let Some(cluster) = told.cluster {
            *by_cluster.entry(cluster).or_default() += 1;
        }
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by_key(|it| std::cmp::Reverse((it.costs_answers, it.number)));
    ComplaintSummary { by_cluster, kinds }
}

/// The complaints of a kind that come after the first `skip` of them.
pub fn of_kind(input: &DocumentInput<'_>, kind: &str, skip: usize) -> ComplaintPage {
    let all: Vec<_> = told(input).filter(|it| it.flaw.kind() == kind).collect();
    let complaints = all.iter().skip(skip).take(PAGE).map(Told::row).collect();
    ComplaintPage { number: all.len(), complaints }
}
