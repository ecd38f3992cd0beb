//! Services and slices as people call them, from the keys under which they are stored.
//!
//! In: a [`crate::core::service::ServiceKey::wire`]. Out: texts, and subjects of complaints.
//! Does not know what is wrong with them.

use crate::core::complaint::Subject;
use crate::core::name::labels_of;

/// The namespace of a service's key, as text.
pub(super) fn namespace_of(key: &[u8]) -> &str {
    labels_of(key).nth(1).and_then(|label| std::str::from_utf8(label).ok()).unwrap_or_default()
}

fn text_of(label: Option<&[u8]>) -> Box<str> {
    label.map(String::from_utf8_lossy).unwrap_or_default().into()
}

/// A Service as the subject of complaints.
pub(super) fn service_subject(key: &[u8]) -> Subject {
    let mut labels = labels_of(key);
    let (name, namespace) = (text_of(labels.next()), text_of(labels.next()));
    Subject::Service(namespace, name)
}

/// An EndpointSlice as the subject of complaints.
pub(super) fn slice_subject(key: &[u8], slice: &str) -> Subject {
    Subject::Slice(text_of(labels_of(key).nth(1)), slice.into())
}
