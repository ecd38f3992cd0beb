//! What is told of a hostname before all is known: one family whose reply came, while the other is waited for.
//!
//! In: replies of one family. Out: what they mean so far, once for each asking. Does not know resolvers.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::core::family::Family;

use super::resolver_reply::{FamilyReply, ResolverReply};

/// Who hears of a family that comes before the other.
pub(super) struct Early<'a> {
    tell: &'a (dyn Fn(ResolverReply) + Send + Sync),
    is_told: AtomicBool,
}

impl<'a> Early<'a> {
    pub(super) fn new(tell: &'a (dyn Fn(ResolverReply) + Send + Sync)) -> Self {
        Self { tell, is_told: AtomicBool::new(false) }
    }

    /// One family has come. Only what has addresses is told, and only once.
    pub(super) fn tell(&self, family: Family, part: FamilyReply) {
        if self.is_told() {
            return;
        }
        if let Some(said) = ResolverReply::so_far(family, part) {
            self.is_told.store(true, Relaxed);
            (self.tell)(said);
        }
    }

    /// Whether something was told.
    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Relaxed)
    }
}
