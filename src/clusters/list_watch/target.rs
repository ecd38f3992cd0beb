//! Targets: what a reflector reads, and what is particular about that kind.
//!
//! In: a kind of objects and a namespace. Out: a [`Collection`]. Does not know what objects say.

use crate::clusters::api::collection::Collection;
use crate::clusters::api::http::Form;

/// What a reflector reads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) struct Target {
    /// The API group; empty for the core group.
    pub(in crate::clusters) group: &'static str,
    /// Its name in paths and roles.
    pub(in crate::clusters) plural: &'static str,
    /// How much of each object is read.
    pub(in crate::clusters) form: Form,
    /// Where the objects are; `None` = everywhere.
    pub(in crate::clusters) namespace: Option<Box<str>>,
    /// Whether every cluster serves it.
    pub(in crate::clusters) presence: Presence,
    /// Whether servers that know such watches are asked for lists by watch.
    pub(in crate::clusters) streams: bool,
    /// Whether a watch goes on over another connection from where it was. Where it does not,
    /// everything is listed anew: cheap where objects are few, and nothing is missed whatever the
    /// server has forgotten.
    pub(in crate::clusters) resumes: bool,
}

/// Whether a cluster that does not serve a kind lacks something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Presence {
    /// Each cluster serves the kind: where it is not found something is wrong.
    Required,
    /// The kind may be absent, as one is that a CustomResourceDefinition brings: then there are none
    /// of its objects, and it is asked for again later.
    #[cfg_attr(not(test), allow(dead_code, reason = "no kind that is watched today is optional"))]
    Optional,
}

impl Target {
    /// Its objects.
    pub(in crate::clusters) fn objects(&self) -> Collection<'_> {
        let Self { group, plural, namespace, .. } = self;
        Collection { group, plural, namespace: namespace.as_deref() }
    }
}
