//! Resources: what is listed and watched of a cluster.
//!
//! In: kinds and namespaces. Out: a [`Collection`] and a source for each. Does not know when to ask.

use super::shared::ApiServer;
use crate::clusters::api::collection::Collection;
use crate::clusters::api::http::Form;
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::list_watch::target::{Presence, Target};
use crate::core::event::{FactKind, Scope};
use crate::core::name::Label;
use crate::core::service::SourceId;

/// What is listed and watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Resource {
    pub(super) kind: ObjectKind,
    /// Its name in paths and roles.
    pub(super) plural: &'static str,
    /// Its API group; empty for the core group.
    pub(super) group: &'static str,
}

impl Resource {
    /// All of them. What names places comes first, the services that stand in them last.
    pub(super) const ALL: [Self; 3] = [
        Self::of(ObjectKind::Node),
        Self::of(ObjectKind::EndpointSlice),
        Self::of(ObjectKind::Service),
    ];

    const fn of(kind: ObjectKind) -> Self {
        Self { kind, plural: kind.plural(), group: kind.group() }
    }

    /// Whether its objects belong to namespaces.
    pub(super) fn is_namespaced(self) -> bool {
        self.kind.is_namespaced()
    }

    /// The source of its objects: of all namespaces, or of the one at this position.
    pub(super) fn source(self, namespace: Option<usize>) -> SourceId {
        let turn = namespace.map_or(0, |position| position + 1);
        let position = Self::ALL.iter().position(|it| *it == self).unwrap_or_default();
        SourceId((turn * Self::ALL.len() + position) as u32)
    }

    /// Whether a source is one of its objects.
    pub(super) fn has_source(self, source: SourceId) -> bool {
        Self::of_source(source).0 == self
    }

    /// The resource of a source, and the position of its namespace; `None` = all of them.
    pub(super) fn of_source(SourceId(number): SourceId) -> (Self, Option<usize>) {
        let (turn, position) =
            (number as usize / Self::ALL.len(), number as usize % Self::ALL.len());
        (Self::ALL[position], turn.checked_sub(1))
    }

    /// Its objects: those of all namespaces, or of one.
    pub(super) fn objects(self, namespace: Option<&str>) -> Collection<'_> {
        Collection { group: self.group, plural: self.plural, namespace }
    }

    /// What its objects are called where it is kept up to where they were read. `target` says what is read
    /// of them: a selection that is not everything belongs in here.
    pub(super) fn scope(self, namespace: Option<&str>, form: Form) -> Scope {
        let kind = match self.kind {
            ObjectKind::EndpointSlice => FactKind::Slice,
            ObjectKind::Node => FactKind::Node,
            ObjectKind::Service => FactKind::Service,
        };
        let namespace = namespace.and_then(|name| Label::parse(name).ok());
        // What was read of less than whole objects is not gone on with as if it were all.
        let selection = match form {
            Form::Metadata => "metadata",
            Form::Whole => "",
        };
        Scope { kind, namespace, selection: selection.into() }
    }

    /// How much of its objects is read: what a node says, above all its images, is many times what it is
    /// labelled.
    pub(super) fn form(self, server: &ApiServer) -> Form {
        let is_brief = self.kind == ObjectKind::Node && server.has_askers;
        if is_brief { Form::Metadata } else { Form::Whole }
    }

    /// What a reflector reads of it: in all namespaces, or in one.
    pub(super) fn target(self, namespace: Option<Box<str>>, server: &ApiServer) -> Target {
        Target {
            form: self.form(server),
            group: self.group,
            plural: self.plural,
            namespace,
            presence: Presence::Required,
            streams: true,
            resumes: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn paths_are_those_of_the_api() {
        let [nodes, slices, services] = Resource::ALL;
        assert_eq!(nodes.objects(None).page(None, false), "/api/v1/nodes?limit=500");
        assert_eq!(services.objects(None).page(None, true), "/api/v1/services");
        assert_eq!(
            slices.objects(Some("shop")).page(Some("a+b/c="), false),
            "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?limit=500&continue=a%2Bb%2Fc%3D"
        );
        assert_eq!(
            services.objects(None).watch("7", Duration::from_secs(50)),
            "/api/v1/services?watch=true&allowWatchBookmarks=true&resourceVersion=7\
             &timeoutSeconds=50"
        );
        assert_eq!(
            nodes.objects(None).trial(),
            "/api/v1/nodes?watch=true&resourceVersion=0&timeoutSeconds=1\
             &fieldSelector=metadata.name%3Dnone.of.all"
        );
        assert!(nodes.objects(None).stream(Duration::ZERO).ends_with("&timeoutSeconds=1"));
    }

    #[test]
    fn every_namespace_has_its_own_source() {
        let all = Resource::ALL.iter();
        let sources = all.flat_map(|it| [None, Some(0), Some(1)].map(|place| it.source(place).0));
        let mut sources: Vec<_> = sources.collect();
        sources.sort_unstable();
        assert_eq!(sources, (0..9).collect::<Vec<_>>());
        for (resource, place) in Resource::ALL.into_iter().zip([None, Some(0), Some(7)]) {
            assert_eq!(Resource::of_source(resource.source(place)), (resource, place));
        }
    }
}
