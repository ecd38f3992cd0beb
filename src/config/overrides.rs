//! Overrides as a file says them: which clusters, places and services are drained or pinned, until when and why.
//!
//! In: the text of such a file. Out: [`Override`]s; or every fault at once, and then nothing: a file of which a part
//! can not be used must release nothing. Does not know whether clusters and services of that name exist.

use std::ops::Range;
use std::path::Path;

use crate::config::checks::{refuse_twice, require};
use crate::config::choices::{ApiVersion, OverrideKind, OverridesKind};
use crate::config::fault::{Fault, Faults, Source as SourceText};
use crate::config::read::{At, Given, List, Notes, Read, section};
use crate::config::scalars::{NotSvc, ServiceName, Until};
use crate::config::spec::Drain as DrainSpec;
use crate::config::tree::{self, Value};
use crate::core::name::Label;
use crate::core::overrides::{Action, Override, Source, Target};
use crate::core::policy::EntryDrain;
use crate::core::service::Drain;

section! {
    /// A file of overrides.
    OverridesFile {
        /// The format: `fedns.dev/v1`.
        "apiVersion" => api_version: ApiVersion,
        /// `Overrides`.
        "kind" => kind: OverridesKind,
        /// What is said.
        "overrides" => overrides: List<OverrideSpec>,
    }
}

section! {
    /// An item of `overrides`.
    OverrideSpec {
        /// By what it is told from the others.
        "id" => id: String,
        /// What it does.
        "kind" => kind: OverrideKind,
        /// The cluster that it is about, or that a service is pinned to.
        "cluster" => cluster: Label,
        /// The region that it is about, or that the zone lies in.
        "region" => region: NotSvc,
        /// The zone that it is about.
        "zone" => zone: NotSvc,
        /// The service that it is about.
        "service" => service: ServiceName,
        /// Whether what is drained does not even answer where nobody else does.
        "hard" => hard: bool,
        /// When it ends.
        "until" => until: Until,
        /// Why.
        "reason" => reason: String,
        /// Who said so.
        "by" => by: String,
        /// Since when it is said.
        "since" => since: Until,
    }
}

/// The overrides that `text` says, which is that of the file at `path`.
///
/// # Errors
/// Every fault of the text at once.
pub fn parse_overrides(text: &str, path: &Path) -> Result<Vec<Override>, Faults> {
    let source = SourceText::new(path, text);
    let mut notes = Notes::default();
    let root = match tree::parse(text, &mut notes.faults) {
        Ok(root) => root,
        Err(fault) => {
            notes.fault(*fault);
            return Err(Faults::new(source, notes.faults));
        }
    };
    let file = match root.value {
        Value::Null => Some(OverridesFile::default()),
        _ => OverridesFile::read(&root, &mut notes),
    };
    let said = file.map(|file| lower(&file, &root.mark(), &mut notes)).unwrap_or_default();
    if notes.faults.is_empty() { Ok(said) } else { Err(Faults::new(source, notes.faults)) }
}

fn lower(file: &OverridesFile, root: &Range<usize>, notes: &mut Notes) -> Vec<Override> {
    let title = "the file has no `apiVersion`";
    require(&file.api_version, root, title, "apiVersion: fedns.dev/v1", notes);
    require(&file.kind, root, "the file has no `kind`", "kind: Overrides", notes);
    // Who empties the list writes `[]`: a file that lost it releases nothing.
    require(&file.overrides, root, "the file has no `overrides`", "overrides: []", notes);
    let items = file.overrides.items();
    let ids = items.iter().filter_map(|item| item.value.id.at());
    refuse_twice("override", ids.map(|id| (&id.value, &id.span)), notes);
    items.iter().filter_map(|item| one(item, notes)).collect()
}

fn one(At { value, span }: &At<OverrideSpec>, notes: &mut Notes) -> Option<Override> {
    require(&value.id, span, "an override has no `id`", "id: maintenance-7", notes);
    require(&value.kind, span, "an override has no `kind`", "kind: drain", notes);
    let title = "an override has no end";
    require(&value.until, span, title, "until: 2026-12-01T18:00:00Z", notes);
    require(&value.reason, span, "an override has no `reason`", "reason: upgrade", notes);
    let action = action(value, span, notes);
    Some(Override {
        id: value.id.value()?.as_str().into(),
        action: action?,
        until: Some(value.until.value()?.0),
        since: value.since.value().map(|since| since.0),
        reason: value.reason.value()?.as_str().into(),
        by: value.by.value().map(|by| by.as_str().into()),
        source: Source::File,
    })
}

fn action(spec: &OverrideSpec, span: &Range<usize>, notes: &mut Notes) -> Option<Action> {
    let kind = *spec.kind.value()?;
    let cluster = spec.cluster.value().cloned();
    let region = spec.region.value().map(|region| region.0.clone());
    let zone = spec.zone.value().map(|zone| zone.0.clone());
    let service = spec.service.value().map(|service| service.0.clone());
    let is_hard = spec.hard.value().copied().unwrap_or_default();
    if kind == OverrideKind::Pin {
        refuse(&spec.hard, "hard", "only a drain is hard", notes);
        return match (service, cluster, &region, &zone) {
            (Some(service), Some(cluster), None, None) => Some(Action::Pin { service, cluster }),
            _ => {
                let fault = Fault::at(span, "a pin is of a service to a cluster");
                notes.fault(fault.help("give `service: shop/cart` and `cluster: europe-west1-b`"));
                None
            }
        };
    }
    let target = match (cluster, region, zone, service) {
        (Some(cluster), None, None, None) => Target::Cluster(cluster),
        (None, Some(region), None, None) => Target::Region(region),
        (None, region, Some(zone), None) => Target::Zone(zone, region),
        (cluster, None, None, Some(service)) => Target::Service(service, cluster),
        _ => {
            let fault =
                Fault::at(span, "it is not said what is drained, or more than one thing is");
            let help = "give `cluster`, `region`, `zone` with or without `region`, or `service` with or \
                        without `cluster`";
            notes.fault(fault.help(help));
            return None;
        }
    };
    Some(Action::Drain { target, is_hard })
}

fn refuse<T>(given: &Given<T>, key: &str, why: &str, notes: &mut Notes) {
    if let Some(at) = given.at() {
        notes.fault(Fault::at(&at.span, format!("`{key}` can not stand here")).label(why));
    }
}

/// What `drain` of a cluster's entry says.
pub(super) fn of_entry(given: &Given<DrainSpec>, notes: &mut Notes) -> Option<EntryDrain> {
    let At { value, span } = given.at()?;
    require(&value.reason, span, "a drain has no `reason`", "reason: upgrade", notes);
    let drain = Drain {
        until: value.until.value().map(|until| until.0),
        is_hard: value.hard.value().copied().unwrap_or_default(),
        reason: value.reason.value()?.as_str().into(),
    };
    Some(EntryDrain { drain, source: Source::Entry })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(overrides: &str) -> Result<Vec<Override>, String> {
        let text = format!("apiVersion: fedns.dev/v1\nkind: Overrides\noverrides: {overrides}\n");
        let parsed = parse_overrides(&text, Path::new("overrides.yaml"));
        parsed.map_err(|faults| faults.render(false))
    }

    fn targets(overrides: &str) -> Vec<String> {
        let said = parse(overrides).expect("no fault");
        said.iter().map(|it| it.action.to_string()).collect()
    }

    #[test]
    fn each_says_what_it_is_about() {
        let head = "until: 2026-12-01T18:00:00Z, reason: upgrade";
        let list = format!(
            "[{{ id: a, kind: drain, cluster: east, hard: true, {head} }}, \
             {{ id: b, kind: drain, zone: a, region: us, {head} }}, \
             {{ id: c, kind: drain, zone: a, {head} }}, \
             {{ id: d, kind: drain, region: us, {head} }}, \
             {{ id: e, kind: drain, service: shop/cart, {head} }}, \
             {{ id: f, kind: pin, service: shop/cart, cluster: east, {head} }}]"
        );
        let expected = [
            "hard drain of cluster east",
            "drain of zone a of region us",
            "drain of zone a",
            "drain of region us",
            "drain of service shop/cart",
            "pin of service shop/cart to east",
        ];
        assert_eq!(targets(&list), expected);
        assert!(targets("[]").is_empty());
    }

    #[test]
    fn a_file_of_which_a_part_can_not_be_used_is_refused_as_a_whole() {
        let good = "{ id: a, kind: drain, cluster: east, until: 2026-12-01T18:00:00Z, reason: x }";
        for bad in [
            "{ id: b, kind: drain, cluster: east, reason: x }",
            "{ id: b, kind: drain, cluster: east, until: 2026-12-01T18:00:00Z }",
            "{ id: b, kind: drain, until: 2026-12-01T18:00:00Z, reason: x }",
            "{ id: b, kind: drain, cluster: east, zone: a, until: 2026-12-01T18:00:00Z, reason: x }",
            "{ id: b, kind: pin, service: shop/cart, until: 2026-12-01T18:00:00Z, reason: x }",
            "{ id: b, kind: drain, cluster: east, until: tomorrow, reason: x }",
            "{ id: b, kind: drian, cluster: east, until: 2026-12-01T18:00:00Z, reason: x }",
            "{ id: b, kind: drain, service: cart, until: 2026-12-01T18:00:00Z, reason: x }",
            good,
        ] {
            assert!(parse(&format!("[{good}, {bad}]")).is_err(), "{bad}");
        }
        for text in ["", "{}", "apiVersion: fedns.dev/v1\nkind: Overrides\n"] {
            assert!(parse_overrides(text, Path::new("overrides.yaml")).is_err(), "{text}");
        }
    }
}
