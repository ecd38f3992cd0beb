//! What a name of a static zone is: which record, wildcard, cut or DNAME decides on it.
//!
//! In: what the query path found the name to be. Out: [`What`], where the static zone decides.
//! Does not know files.

use crate::core::answer::{Alias, Data, Lookup, Node};
use crate::core::name::{QueryName, write_presentation};
use crate::core::snapshot::ZoneKind;
use crate::core::wire::RecordType;
use crate::core::zone::{self, ALIAS, Cover, print, type_name};

use super::document::{NameKind, What};
use super::{federations, list};

/// What the name is, if the static zone says so, or there is nobody else who could.
pub(super) fn what(name: &QueryName, lookup: &Lookup<'_>) -> Option<What> {
    if lookup.zone.kind != ZoneKind::Static {
        return None;
    }
    let apex = &lookup.zone.apex;
    let Some(zone) = lookup.zone.records.as_deref() else {
        let text = format!(
            "not known: the file of the static zone {apex} could not be used yet; see its complaint"
        );
        return Some(What::new(NameKind::ZoneUnread, text));
    };
    let found = zone.find(name.wire())?;
    match (&lookup.node, found.cover) {
        (Node::Data(Data::Delegated(_)), Some(Cover::Cut(cut))) => {
            let servers = data(cut, RecordType::NS);
            let text = format!("the static zone {apex} delegates {} to {servers}", text(cut));
            Some(What::new(NameKind::Delegated, text))
        }
        (Node::Data(Data::TooLong(owner)), _) => {
            let to = data(*owner, RecordType::DNAME);
            let text = format!(
                "the DNAME of {} leads to a name below {to} that is too long",
                text(*owner)
            );
            Some(What::new(NameKind::Redirected, text))
        }
        (Node::Alias(Alias::Written(_)), Some(Cover::Dname(owner))) => {
            let to = data(owner, RecordType::DNAME);
            let text = format!("below {}, whose DNAME leads to {to}", text(owner));
            Some(What::new(NameKind::Redirected, text))
        }
        (Node::Alias(Alias::Written(_)) | Node::Data(Data::Written(_)), None) => {
            let is_own = found.is_exact && !found.closest.is_empty();
            match found.wildcard().filter(|_| !is_own) {
                None if !is_own => fallback(lookup),
                None if lookup.left == 0 => {
                    let (federations, holds) = (federations(lookup.zone), holds(found.closest));
                    let text = format!("the apex of our static zone; {holds}");
                    let beside = format!("{text}; its federations: {federations}");
                    let is_alone = lookup.zone.federations.is_empty();
                    Some(What::new(NameKind::Apex, if is_alone { text } else { beside }))
                }
                None => Some(What::new(
                    NameKind::Record,
                    format!("a name of the static zone {apex}: {}", holds(found.closest)),
                )),
                Some(wildcard) => {
                    let (owner, holds) = (text(wildcard), holds(wildcard));
                    let text = format!("made of the wildcard {owner} of the static zone: {holds}");
                    Some(What::new(NameKind::Wildcard, text))
                }
            }
        }
        (Node::Nothing, None) if lookup.zone.federations.is_empty() => {
            let above = text(found.closest);
            let text =
                format!("no name of the static zone {apex}; the closest above it is {above}");
            Some(What::new(NameKind::NoRecord, text))
        }
        (Node::EmptyNonTerminal, None) if found.is_exact => {
            let text = "it owns nothing itself, and exists because names of the static zone stand \
                        below it";
            Some(What::new(NameKind::Inner, text))
        }
        _ => None,
    }
}

/// A service's name whose fallback ends at a name that the static zone holds.
fn fallback(lookup: &Lookup<'_>) -> Option<What> {
    let Node::Alias(Alias::Written(alias)) = &lookup.node else { return None };
    let mut to = String::new();
    let wire = [alias.start[0], alias.start[1], alias.rest].concat();
    write_presentation(&wire, &mut to).ok()?;
    let text = format!("a service that falls back to {to}, and so to a name of the static zone");
    Some(What::new(NameKind::Service, text))
}

/// The name of a node.
fn text(node: zone::Node<'_>) -> String {
    let mut text = String::new();
    // Writing to a string can not fail.
    _ = write_presentation(&node.name(), &mut text);
    text
}

/// The data of an RRset in a sentence.
fn data(node: zone::Node<'_>, record_type: RecordType) -> String {
    let records = node.set(record_type).into_iter().flat_map(zone::RrSet::records);
    list(records.map(|data| print(record_type.0, data)))
}

/// What a name owns, in a sentence.
fn holds(node: zone::Node<'_>) -> String {
    if node.has(RecordType::CNAME) {
        return format!("an alias of {}", data(node, RecordType::CNAME));
    }
    let types = node.sets().map(|set| set.record_type).filter(|it| *it != RecordType(ALIAS));
    let owns = format!("it owns {}", list(types.map(|it| type_name(it.0).to_string())));
    match node.has(RecordType(ALIAS)) {
        true => format!("{owns}; its addresses are those of {}", data(node, RecordType(ALIAS))),
        false => owns,
    }
}
