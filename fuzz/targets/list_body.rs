//! Any octets as the body of a list or a watch of an API server: no panic; where pieces end makes no
//! difference; no more is kept than one object; and ground state takes what was heard.
//!
//! The first octet says which kind and form, the second where the pieces end; then the body.
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::time::Duration;

use fedns::clusters::cluster_watch::{Form, Heard, hear};
use fedns::clusters::kubernetes::ObjectKind;
use fedns::core::policy::{ClusterPolicy, Policy};

use super::support::{Sim, facts, label};

/// Largest object that is taken, in octets.
const MAX_OBJECT: usize = 4 << 20;
/// Most octets of a list's metadata.
const MAX_METADATA: usize = 64 << 10;

/// Runs once.
pub fn run(octets: &[u8]) {
    let [choice, cuts, body @ ..] = octets else { return };
    let kind =
        [ObjectKind::Node, ObjectKind::Service, ObjectKind::EndpointSlice][usize::from(choice % 3)];
    let form = [Form::List, Form::Stream, Form::Watch][usize::from(choice / 3 % 3)];
    // Now and then something in the middle is longer than anything may be.
    let long = (*choice == 255).then(|| {
        let (head, tail) = body.split_at(body.len() / 2);
        [head, &vec![b'x'; MAX_OBJECT + 1][..], tail].concat()
    });
    let body = long.as_deref().unwrap_or(body);
    let whole = hear(kind, form, [body]);
    assert!(whole.held <= body.len().min(MAX_OBJECT) + MAX_METADATA, "{} octets kept", whole.held);
    let pieces = hear(kind, form, pieces(body, *cuts));
    assert!(
        pieces.held <= body.len().min(MAX_OBJECT) + MAX_METADATA,
        "{} octets kept",
        pieces.held
    );
    assert_eq!(Heard { held: 0, ..pieces }, Heard { held: 0, ..clone(&whole) });
    apply(whole);
}

fn clone(heard: &Heard) -> Heard {
    Heard {
        events: heard.events.clone(),
        flaws: heard.flaws.clone(),
        version: heard.version.clone(),
        failure: heard.failure.clone(),
        held: 0,
    }
}

/// A body in pieces of a few lengths, the first and the rest of all one of them.
fn pieces(body: &[u8], cuts: u8) -> impl Iterator<Item = &[u8]> {
    let sizes = [1, 1 + usize::from(cuts % 7), 1 + usize::from(cuts)];
    let (mut rest, mut turn) = (body, 0);
    std::iter::from_fn(move || {
        // What is long comes in large pieces, or it would take its time.
        let size =
            sizes[turn % sizes.len()].max(rest.len() / 64 * usize::from(rest.len() > 1 << 20));
        let (piece, after) = rest.split_at(size.min(rest.len()));
        (rest, turn) = (after, turn + 1);
        (!piece.is_empty()).then_some(piece)
    })
}

fn apply(heard: Heard) {
    let policy = Policy { federations: vec![facts::federation("f", "s")], ..Policy::default() };
    let mut sim = Sim::new(policy, Duration::ZERO);
    let cluster = label("c");
    sim.register(&cluster, ClusterPolicy::default());
    for event in heard.events {
        sim.say(&cluster, event);
    }
}
