//! The verdict: how things stand as a whole, in one word, and why. It is made here and nowhere else; the page, the
//! command line, JSON, the log and metrics tell what stands here.
//!
//! In: ground state, what others tell of themselves, the present moment. Out: a [`Verdict`] whose reasons are
//! sentences, each with since when.
//! Does not know who is told, nor what a client asks.

mod of_clusters;
mod of_services;

use std::fmt;

use crate::core::complaint::{Flaw, Subject, costs_answers};
use crate::core::count::Count;
use crate::core::name::Label;
use crate::core::spell::Spell;
use crate::core::state::{ClusterState, Health, State};
use crate::core::time::{Moment, Past};

pub use of_clusters::{sentence, unread};

/// The verdict in one word, best first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// Nothing of the others.
    Fine,
    /// Something rests on stale facts or is not known, or does not come through.
    Attention,
    /// Somebody is not answered who was, or nothing is known at all.
    Hurt,
    /// The server can not be asked.
    Unknown,
}

impl Grade {
    /// Its words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Attention => "attention",
            Self::Hurt => "clients are hurt",
            Self::Unknown => "unknown",
        }
    }

    /// The grade that words of [`Grade::as_str`] mean.
    pub fn parse(words: &str) -> Option<Self> {
        let all = [Self::Fine, Self::Attention, Self::Hurt, Self::Unknown];
        all.into_iter().find(|it| it.as_str() == words)
    }
}

/// Why the verdict is what it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reason {
    /// The verdict, if this were the only reason.
    pub grade: Grade,
    /// One word for programs: `down`, a state of clusters, a kind of complaint, and the like.
    pub kind: &'static str,
    /// The cluster that it is about.
    pub cluster: Option<Label>,
    /// The service that it is about, as `namespace/name`.
    pub service: Option<Box<str>>,
    /// A sentence.
    pub text: String,
    /// Since when; `None` where nobody knows.
    pub since: Option<Past>,
}

impl Reason {
    /// The sentence, with since when it holds.
    pub fn sentence(&self, now: Moment) -> String {
        match self.since {
            Some(since) => format!("{} (for {})", self.text, Spell(since.age(now))),
            None => self.text.clone(),
        }
    }
}

/// What somebody tells of itself who is no part of ground state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    /// What, in a sentence.
    pub text: Box<str>,
    /// Since when.
    pub since: Moment,
}

/// What is wrong with somebody who is no part of ground state: a registry, or the process itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OtherFlaw {
    /// With what.
    pub subject: Subject,
    /// What.
    pub flaw: Flaw,
    /// Since when.
    pub since: Past,
}

/// What the verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct VerdictInput<'a> {
    /// Ground state.
    pub state: &'a State,
    /// The present moment.
    pub now: Moment,
    /// Why the configuration could not be read again, as long as that is so.
    pub reload_fault: Option<&'a Notice>,
    /// What is wrong beside ground state: with registries, and with the process itself.
    pub flaws: &'a [OtherFlaw],
    /// Overrides in force: they are named beside the verdict, and make it no worse.
    pub overrides: &'a [Notice],
    /// Guards that hold.
    pub guards: &'a [Notice],
    /// What probers can not see.
    pub probes: &'a [Notice],
}

impl<'a> VerdictInput<'a> {
    /// Of ground state alone.
    pub fn of(state: &'a State, now: Moment) -> Self {
        let none: &[Notice] = &[];
        let (overrides, guards, probes) = (none, none, none);
        Self { state, now, reload_fault: None, flaws: &[], overrides, guards, probes }
    }
}

/// How things stand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// In one word.
    pub grade: Grade,
    /// What that rests on, in a sentence, where nothing is wrong; else the first reason.
    pub headline: String,
    /// Why, the worst first.
    pub reasons: Vec<Reason>,
    /// What is in force and makes it no worse.
    pub beside: Vec<Reason>,
}

impl Verdict {
    /// How things stand.
    pub fn new(input: &VerdictInput<'_>) -> Self {
        let mut reasons = of_services::reasons(input);
        reasons.extend(of_clusters::reasons(input.state));
        reasons.extend(
            input
                .reload_fault
                .map(|fault| told("reload_failed", reload_failed(&fault.text), fault.since)),
        );
        let of_others = [("guard", input.guards), ("probe", input.probes)];
        for (kind, notices) in of_others {
            reasons.extend(notices.iter().map(|it| told(kind, it.text.to_string(), it.since)));
        }
        reasons.extend(of_complaints(input));
        // Those of one grade stay in their order.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.grade));
        let grade = reasons.first().map_or(Grade::Fine, |reason| reason.grade);
        let in_force = input.overrides.iter();
        let beside = in_force.map(|it| Reason {
            grade: Grade::Fine,
            ..told("override", it.text.to_string(), it.since)
        });
        let headline = match reasons.first() {
            Some(reason) => reason.sentence(input.now),
            None => rests_on(input.state),
        };
        Self { grade, headline, beside: beside.collect(), reasons }
    }
}

/// The verdict's word alone: what [`Verdict::new`] comes to, without its sentences, so that it can be reckoned
/// with every change.
pub fn grade(input: &VerdictInput<'_>) -> Grade {
    let VerdictInput { state, reload_fault, guards, probes, flaws, .. } = *input;
    let is_down =
        state.health_totals().any(|(health, number)| health == Health::Down && number > 0);
    if is_down || of_clusters::is_nothing_read(state) {
        return Grade::Hurt;
    }
    let is_amiss = state.clusters().any(|cluster| cluster.state() != ClusterState::Synced)
        || state.expects_clusters()
        || reload_fault.is_some()
        || !guards.is_empty()
        || !probes.is_empty();
    let costs = |(kind, number): (&'static str, u64)| number > 0 && costs_answers(kind);
    let is_amiss = is_amiss || state.complaint_counts().into_iter().any(costs);
    with_flaws(if is_amiss { Grade::Attention } else { Grade::Fine }, flaws)
}

/// A verdict that was made without these flaws, with them.
pub fn with_flaws(grade: Grade, flaws: &[OtherFlaw]) -> Grade {
    let costs = flaws.iter().any(|it| costs_answers(it.flaw.kind()));
    grade.max(if costs { Grade::Attention } else { Grade::Fine })
}

/// What is so where the configuration could not be read again, in a sentence.
pub fn reload_failed(faults: &str) -> String {
    let first = in_one_line(faults);
    format!("the configuration could not be read again, and the one before it runs: {first}")
}

/// The first of what is wrong with a file, and where: what is shown of its lines is left out.
fn in_one_line(faults: &str) -> String {
    let mut lines = faults.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match lines.next().and_then(|line| line.strip_prefix("--> ")) {
        Some(place) => format!("{place}: {first}"),
        None => first.to_owned(),
    }
}

fn told(kind: &'static str, text: String, since: Moment) -> Reason {
    let (grade, since) = (Grade::Attention, Some(Past::at(since)));
    Reason { grade, kind, cluster: None, service: None, text, since }
}

/// What costs answers, by kind: how many complaints there are, and the first of them.
fn of_complaints(input: &VerdictInput<'_>) -> Vec<Reason> {
    let kinds = input.state.complaint_kinds().into_iter();
    let kinds = kinds.filter(|(kind, it)| it.number > 0 && costs_answers(kind));
    let mut kinds = kinds.peekable();
    let all = if kinds.peek().is_some() { input.state.complaints() } else { Vec::new() };
    let reason = |kind: &'static str, number: u64, first: String, since: Option<Past>| {
        let more = match number {
            0 | 1 => String::new(),
            _ => format!(" (and {} more of `{kind}`)", number - 1),
        };
        let (grade, text) = (Grade::Attention, format!("{first}{more}"));
        Reason { grade, kind, cluster: None, service: None, text, since }
    };
    let mut reasons = Vec::new();
    for (kind, count) in kinds {
        let first = all.iter().find(|it| it.flaw.kind() == kind);
        let text = first.map(ToString::to_string).unwrap_or_default();
        let mut found = reason(kind, count.number, text, Some(Past::at(count.since)));
        found.cluster = first.and_then(|it| it.cluster.clone());
        reasons.push(found);
    }
    let others = input.flaws.iter().filter(|it| costs_answers(it.flaw.kind()));
    let mut others: Vec<&OtherFlaw> = others.collect();
    // Of one kind, the one that has been there for longest is told first.
    others.sort_by_key(|it| (it.flaw.kind(), std::cmp::Reverse(it.since.age(input.now))));
    for of_kind in others.chunk_by(|a, b| a.flaw.kind() == b.flaw.kind()) {
        let OtherFlaw { subject, flaw, since } = of_kind[0];
        let text = format!("{subject}: {flaw}");
        reasons.push(reason(flaw.kind(), of_kind.len() as u64, text, Some(*since)));
    }
    reasons
}

/// What it rests on that nothing is wrong.
fn rests_on(state: &State) -> String {
    let clusters = state.clusters().count();
    if clusters == 0 {
        return "no cluster is registered, and none is expected".to_owned();
    }
    let number = |wanted: fn(Health) -> bool| -> usize {
        let found = state.health_totals().filter(|(health, _)| wanted(*health));
        found.map(|(_, number)| number as usize).sum()
    };
    let (answering, idle) = (number(Health::answers), number(|it| it == Health::Idle));
    let idle = if idle == 0 { String::new() } else { format!(", {idle} idle") };
    let (clusters, services) = (Count(clusters, "cluster"), Count(answering, "service"));
    format!("{clusters} read and heard; {services} answered{idle}")
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
