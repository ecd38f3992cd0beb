//! Watch events: what a line of a watch says (Kubernetes API concepts, "Efficient detection of changes").
//!
//! In: objects of a kind as its sink reads them. Out: values. Does not know how a line is read.

use crate::clusters::api::failure::Failure;

/// What a line of a watch says.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::clusters) enum WatchEvent<O> {
    /// How far the watch has come. `is_list_end`: what was there from the start has been told.
    Bookmark { version: Box<str>, is_list_end: bool },
    /// The watch is over.
    Ended(Failure),
    /// An object is new or changed.
    Applied { version: Box<str>, is_new: bool, object: O },
    /// An object is gone.
    Deleted { version: Box<str>, object: O },
    /// The line can not be understood; says why.
    Unreadable(Box<str>),
}
