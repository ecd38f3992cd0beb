//! What services make of the verdict: those that are down, one by one as far as a person reads.
//!
//! In: ground state. Out: reasons. Does not know which services are missed.

use crate::core::count::Count;
use crate::core::service::ServiceKey;
use crate::core::time::Past;

use super::{Grade, Reason, VerdictInput};

/// As many of those that are down are named.
const MOST_SERVICES: usize = 10;

/// The services that are down: those of them that fell last first.
pub(super) fn reasons(input: &VerdictInput<'_>) -> Vec<Reason> {
    let state = input.state;
    let mut down: Vec<(&[u8], Past)> = state.down().collect();
    let all = down.len();
    down.sort_unstable_by_key(|(key, since)| (since.age(input.now), *key));
    down.truncate(MOST_SERVICES);
    let one = |(key, since): (&[u8], Past)| {
        let service = ServiceKey::from_wire(key).map(|key| key.to_string()).unwrap_or_default();
        let gets = state.gets_when_down(key);
        Reason {
            grade: Grade::Hurt,
            kind: "down",
            cluster: None,
            text: format!("{service} is down: no cluster answers for it; clients get {gets}"),
            service: Some(service.into()),
            since: Some(since),
        }
    };
    let mut reasons: Vec<_> = down.into_iter().map(one).collect();
    if let Some(rest) = all.checked_sub(MOST_SERVICES).filter(|rest| *rest > 0) {
        let text = format!("{} more down", Count(rest, "service"));
        let (cluster, service, since) = (None, None, None);
        reasons.push(Reason { grade: Grade::Hurt, kind: "down", cluster, service, text, since });
    }
    reasons
}
