//! Where a Corefile listens for the root, and so where our block has to.
//!
//! In: the server blocks of others. Out: a [`Placement`] for each set of sockets, and what their
//! keeper should know. Questions reach us where they reach the root: at its ports, and only at the
//! addresses that it is bound to, for a listener on all addresses beside one of its own port is dead.
//! Does not know what stands in imported files, or which addresses an interface has.

use super::coredns::Placement;
use super::corefile::{Block, Directive};
use super::key::{Key, is_same_port};
use super::lexer::written;

/// A port at which blocks listen.
struct Listener<'a> {
    port: Option<&'a str>,
    /// The blocks that count, in their order.
    blocks: Vec<&'a Block>,
}

/// Finds the places of our block, one at least; `notes` gets a sentence for each thing that the
/// Corefile does not say.
pub(super) fn placements(others: &[&Block], notes: &mut Vec<String>) -> Vec<Placement> {
    let mut listeners = listeners(others, Key::is_plain_root);
    if listeners.is_empty() {
        listeners = without_root(others, notes);
    }
    let mut placements: Vec<Placement> = Vec::new();
    for listener in &listeners {
        let lines = lines(listener, others, notes);
        let port = listener.port.map(str::to_owned);
        match placements.iter_mut().find(|placement| placement.lines == lines) {
            Some(placement) => placement.ports.push(port),
            None => placements.push(Placement { ports: vec![port], lines }),
        }
    }
    for block in others {
        notes.extend(block.keys.iter().filter_map(|key| other_transport(key, block.line)));
    }
    if placements.is_empty() { vec![Placement::default()] } else { placements }
}

/// The ports of keys that count.
fn listeners<'a>(others: &[&'a Block], counts: impl Fn(&Key) -> bool) -> Vec<Listener<'a>> {
    let mut listeners: Vec<Listener<'a>> = Vec::new();
    for &block in others {
        for key in block.keys.iter().filter(|key| counts(key)) {
            let port = key.port.as_deref();
            match listeners.iter_mut().find(|it| is_same_port(it.port, port)) {
                Some(listener) => listener.blocks.push(block),
                None => listeners.push(Listener { port, blocks: vec![block] }),
            }
        }
    }
    listeners
}

/// Where no block serves the root, as far as can be seen: the cluster's own DNS is where
/// `kubernetes` is, else at the usual port.
fn without_root<'a>(others: &[&'a Block], notes: &mut Vec<String>) -> Vec<Listener<'a>> {
    if others.is_empty() {
        return Vec::new();
    }
    let is_plain = |key: &Key| key.transport.is_none();
    let kubernetes: Vec<&Block> =
        others.iter().copied().filter(|it| it.named("kubernetes").next().is_some()).collect();
    let mut found = listeners(&kubernetes, is_plain);
    let place = match &found[..] {
        [] => {
            let is_usual = |key: &Key| is_plain(key) && is_same_port(key.port.as_deref(), None);
            found = listeners(others, is_usual);
            "at port 53"
        }
        _ => "where `kubernetes` is",
    };
    notes.push(format!(
        "no server block serves the root (`.`), as far as can be seen: our block listens {place}"
    ));
    found
}

/// The lines that say at which sockets of its port a listener has its place.
fn lines(listener: &Listener<'_>, others: &[&Block], notes: &mut Vec<String>) -> Vec<String> {
    let is_bound = |block: &&&Block| block.named("bind").next().is_some();
    let (bound, unbound): (Vec<&Block>, Vec<&Block>) = listener.blocks.iter().partition(is_bound);
    if let ([one, ..], [other, ..]) = (&bound[..], &unbound[..]) {
        notes.push(format!(
            "the server block at line {} is bound to addresses and the one at line {} to none, at \
             the same port: CoreDNS gives a question to either; our block is bound to none",
            one.line, other.line
        ));
    }
    let mut lines: Vec<String> = Vec::new();
    if unbound.is_empty() {
        let mut known: Vec<&str> = Vec::new();
        for bind in bound.iter().flat_map(|block| block.named("bind")) {
            lines.extend(bind_lines(bind, &mut known));
        }
    }
    // Of the blocks at a socket, CoreDNS heeds the first one's word, and ours stands before it.
    let is_there = |block: &&&Block| {
        let port = |key: &Key| is_same_port(key.port.as_deref(), listener.port);
        let is_here = block.keys.iter().any(|key| key.transport.is_none() && port(key));
        is_here && is_bound(block) == unbound.is_empty()
    };
    let first = others.iter().find(is_there).and_then(|block| block.named("multisocket").next());
    lines.extend(first.map(Directive::text).unwrap_or_default());
    lines
}

/// A `bind` in the same words, but for addresses that are bound already: CoreDNS refuses a zone
/// that is at an address twice.
fn bind_lines<'a>(bind: &'a Directive, known: &mut Vec<&'a str>) -> Vec<String> {
    let words = bind.arguments();
    if bind.lines().nth(1).is_some() {
        return bind.text();
    }
    let fresh: Vec<&str> = words.into_iter().filter(|word| !known.contains(word)).collect();
    known.extend(&fresh);
    let text: String = fresh.iter().map(|word| format!(" {}", written(word))).collect();
    if text.is_empty() { Vec::new() } else { vec![format!("bind{text}")] }
}

/// A word on the root in another transport, where no question reaches our block.
fn other_transport(key: &Key, line: usize) -> Option<String> {
    let transport = key.transport.filter(|_| key.zone.is_empty())?;
    Some(format!(
        "the root is served over {transport} at line {line} too (`{}`): who asks there does not reach \
         fedns",
        key.text
    ))
}
