//! Checks that several parts of the file need: what is missing, what stands twice.
//!
//! In: values as written. Out: faults and warnings in `Notes`.
//! Does not know which part asks.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::ops::Range;

use ipnet::IpNet;

use crate::config::fault::Fault;
use crate::config::read::{At, Given, List, Notes};

/// A fault where the file does not have a key that it needs.
pub(super) fn require<T>(
    given: &Given<T>,
    place: &Range<usize>,
    title: &str,
    example: &str,
    notes: &mut Notes,
) {
    if given.is_absent() {
        notes.fault(Fault::at(place, title).help(format!("add `{example}`")));
    }
}

/// Networks as meant: octets beyond the prefix are zero, and whoever wrote others is told.
pub(super) fn networks(given: &Given<List<IpNet>>, notes: &mut Notes) -> Vec<IpNet> {
    let mut lower = |network: &At<IpNet>| {
        let meant = network.value.trunc();
        if meant != network.value {
            let text =
                format!("{} is read as {meant}: its prefix ends before its address", network.value);
            notes.warn(&network.span, text);
        }
        meant
    };
    given.items().iter().map(&mut lower).collect()
}

/// A fault for each item whose key an earlier item has too.
pub(super) fn refuse_twice<'a, K: Eq + Hash + fmt::Display>(
    what: &str,
    keys: impl Iterator<Item = (K, &'a Range<usize>)>,
    notes: &mut Notes,
) {
    let mut seen: HashMap<K, &Range<usize>> = HashMap::new();
    for (key, span) in keys {
        if let Some(first) = seen.get(&key) {
            let fault =
                Fault::at(span, format!("{what} `{key}` is given twice")).label("given again");
            notes.fault(fault.earlier(first, "first given here"));
        } else {
            seen.insert(key, span);
        }
    }
}
