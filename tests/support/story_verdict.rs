//! The verdict in stories.
//!
//! In: a world, and what others tell of themselves. Out: the verdict in lines.

use fedns::core::time::Moment;
use fedns::core::verdict::{Notice, Verdict, VerdictInput, grade};
use fedns::documents::verdict::cluster_states;

use crate::support::Sim;

/// What others tell of themselves.
#[derive(Default)]
pub(super) struct Others {
    reload_fault: Option<Notice>,
    overrides: Vec<Notice>,
    guards: Vec<Notice>,
    probes: Vec<Notice>,
}

impl Others {
    /// Takes in what one of them says.
    pub(super) fn tell(&mut self, who: &str, text: &str, since: Moment) {
        let notice = Notice { text: text.into(), since };
        match who {
            "reload" => {
                let why = text.strip_prefix("fails ");
                self.reload_fault = why.map(|why| Notice { text: why.into(), since });
            }
            "override" => self.overrides.push(notice),
            "guard" => self.guards.push(notice),
            _ => self.probes.push(notice),
        }
    }
}

/// The verdict, which is the same whether it is made with its sentences or without them.
pub(super) fn lines(sim: &Sim, others: &Others, line: usize) -> Vec<String> {
    let input = VerdictInput {
        reload_fault: others.reload_fault.as_ref(),
        overrides: &others.overrides,
        guards: &others.guards,
        probes: &others.probes,
        ..VerdictInput::of(&sim.state, sim.now)
    };
    let verdict = Verdict::new(&input);
    assert_eq!(verdict.grade, grade(&input), "line {line}: two verdicts");
    let mut lines = vec![verdict.grade.to_string()];
    match verdict.reasons.is_empty() {
        true => lines.push(verdict.headline),
        false => lines.extend(verdict.reasons.iter().map(|it| it.sentence(sim.now))),
    }
    lines.extend(verdict.beside.iter().map(|it| format!("beside: {}", it.sentence(sim.now))));
    let count = |(word, number): (&str, u64)| (number > 0).then(|| format!("{number} {word}"));
    let services = sim.state.health_totals();
    let services = services.map(|(health, number)| (health.as_str(), u64::from(number)));
    let clusters: Vec<_> = cluster_states(&sim.state).into_iter().filter_map(count).collect();
    let services: Vec<_> = services.filter_map(count).collect();
    lines.push(format!("clusters: {}; services: {}", clusters.join(", "), services.join(", ")));
    lines
}
