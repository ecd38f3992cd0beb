//! The farm of the benchmark `fleet`, and who asks while it changes.

pub(crate) mod objects;
pub(crate) mod farm;
mod serve;
pub(crate) mod asking;
