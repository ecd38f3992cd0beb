//! Room for what lets a watch go on where an earlier run stopped: up to where each kind was read, and
//! which objects those were.
//!
//! In: what an API server told beside facts. Out: the same, in the head of a cluster's file and in a
//! section of its own. Nothing follows from it for answers: a file without it is whole.
//! Does not know watches.

use serde::{Deserialize, Serialize};

use crate::core::service::ServiceKey;
use crate::core::state_file::Unusable;

use super::{Slice, packed, unpacked};

/// The tag of the section.
pub(super) const IDENTITIES: u8 = 9;

/// Up to where the objects of one kind were read. What stands in the file behind it is at least as
/// new: a watch that begins here says again what is known, and misses nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ResourceVersion {
    /// The kind, in its plural as API servers call it, such as `endpointslices`.
    pub kind: Box<str>,
    /// `metadata.resourceVersion` of a list or a bookmark: opaque, and compared by nobody.
    pub version: Box<str>,
}

/// Which object it was that said something: one that was made anew under the same name has another
/// UID.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ObjectIdentity {
    /// The service that it is, or belongs to: [`ServiceKey::wire`].
    pub service: Box<[u8]>,
    /// The name of an EndpointSlice; `None` for the Service itself.
    pub slice: Option<Box<str>>,
    /// `metadata.uid`.
    pub uid: Box<str>,
}

impl Slice {
    /// A section of identities, for whoever knows them. There may be several in a file, and there is
    /// none where none are known.
    pub fn of_identities(identities: &[ObjectIdentity]) -> Self {
        Self { tag: IDENTITIES, octets: packed(&identities), next: None }
    }
}

/// Reads a section of identities.
pub(super) fn read_identities(octets: &[u8]) -> Result<Vec<ObjectIdentity>, Unusable> {
    let identities: Vec<ObjectIdentity> = unpacked(octets)?;
    match identities.iter().all(|it| ServiceKey::is_wire(&it.service)) {
        true => Ok(identities),
        false => Err(Unusable::Damaged("an object is of no service")),
    }
}
