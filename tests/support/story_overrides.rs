//! The operator's word in stories: what is drained and pinned, and until which second of the story.
//!
//! In: the words of a step. Out: overrides. Does not know what they do.

use fedns::core::overrides::{Action, Override, Source, Target};

use super::Words;
use crate::support::facts::key;
use crate::support::{UNIX_AT_START, label};

/// `drain [hard] TARGET until N`, `pin NS/SVC CLUSTER until N`.
pub(super) fn read_override(verb: &str, words: &mut Words<'_>, number: usize) -> Override {
    let action = match verb {
        "drain" => {
            let is_hard = words.words.next_if_eq(&"hard").is_some();
            Action::Drain { target: read_target(words), is_hard }
        }
        _ => {
            let service = key(words.word("a service"));
            Action::Pin { service, cluster: label(words.word("a cluster")) }
        }
    };
    assert_eq!(words.word("until"), "until", "line {}", words.line);
    let until = UNIX_AT_START + words.parse::<u64>("number of seconds");
    Override {
        id: format!("o{number}").into(),
        action,
        until: Some(until),
        since: None,
        reason: "maintenance".into(),
        by: Some("ada".into()),
        source: Source::Command,
    }
}

fn read_target(words: &mut Words<'_>) -> Target {
    let kind = words.word("what is drained");
    let name = words.word("its name");
    let mut within = || words.words.next_if_eq(&"in").map(|_| ()).and_then(|()| words.maybe());
    match kind {
        "cluster" => Target::Cluster(label(name)),
        "region" => Target::Region(label(name)),
        "zone" => Target::Zone(label(name), within().map(label)),
        "service" => Target::Service(key(name), within().map(label)),
        other => words.unknown(other),
    }
}
