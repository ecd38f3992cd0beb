//! Lists and watches of an API server (Kubernetes API concepts, "Efficient detection of changes").
//!
//! In: what comes of requests, octets of bodies. Out: what to ask next (`steps`), the parts of a body
//! (`list`, `lines`), whether a server went back in time (`revision_check`).
//! Does not know what objects mean.

pub(in crate::clusters) mod lines;
pub(in crate::clusters) mod list;
pub(in crate::clusters) mod steps;
pub(in crate::clusters) mod revision_check;
