//! Which name is meant by one that lies in no zone of ours: `namespace/service`, or a name as people say it
//! within the federation.
//!
//! In: a question. Out: the same question with the full name, where there is one that is known; else as it was.
//! A name that lies in a zone of ours is always meant as it stands.
//! Does not know what is answered.

use hickory_proto::rr::Name;

use crate::core::answer::look_up;
use crate::core::compiled::AddressBuffer;
use crate::core::policy::Federation;
use crate::core::snapshot::Snapshot;
use crate::core::state::State;
use crate::local_query::LocalQuery;
use crate::presentation;

/// The question that is meant.
pub(super) fn meant(state: &State, snapshot: &Snapshot, query: &LocalQuery) -> LocalQuery {
    if is_ours(snapshot, query) {
        return query.clone();
    }
    let found = state.policy().federations.iter().flat_map(|it| candidates(query, it));
    let found: Vec<LocalQuery> = found.filter(|it| is_ours(snapshot, it)).collect();
    let known = found.iter().position(|it| is_known(snapshot, it));
    // `namespace/service` can be meant in no other way, known or not.
    let at = known.or_else(|| pair(query).and_then(|_| (!found.is_empty()).then_some(0)));
    at.and_then(|at| found.into_iter().nth(at)).unwrap_or_else(|| query.clone())
}

/// The full names that may be meant in a federation.
fn candidates(query: &LocalQuery, federation: &Federation) -> Vec<LocalQuery> {
    let (name, domain) = (&federation.name, &federation.domain);
    let texts = match pair(query) {
        Some((namespace, service)) => vec![format!("{service}.{namespace}.{name}.svc.{domain}")],
        None => {
            let text = presentation::name(&query.name);
            let text = text.trim_end_matches('.');
            vec![format!("{text}.{domain}"), format!("{text}.{name}.svc.{domain}")]
        }
    };
    let read = |text: String| {
        let mut name = presentation::read_name(&text).ok()?;
        name.set_fqdn(true);
        Some(LocalQuery { name, ..query.clone() })
    };
    texts.into_iter().filter_map(read).collect()
}

/// Namespace and service of a name that is written with a slash between them.
fn pair(query: &LocalQuery) -> Option<(String, String)> {
    let labels: Vec<&[u8]> = Name::iter(&query.name).collect();
    let [label] = labels[..] else { return None };
    let (namespace, service) = std::str::from_utf8(label).ok()?.split_once('/')?;
    let is_label = |text: &str| !text.is_empty() && !text.contains('/');
    (is_label(namespace) && is_label(service)).then(|| (namespace.to_owned(), service.to_owned()))
}

fn is_ours(snapshot: &Snapshot, query: &LocalQuery) -> bool {
    let name = query.query_name();
    look_up(snapshot, &name, &query.asking(), &mut AddressBuffer::default()).is_some()
}

fn is_known(snapshot: &Snapshot, query: &LocalQuery) -> bool {
    let name = query.query_name();
    let found = look_up(snapshot, &name, &query.asking(), &mut AddressBuffer::default());
    found.is_some_and(|lookup| lookup.service.is_some())
}
