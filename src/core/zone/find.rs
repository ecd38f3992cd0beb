//! What a name is in a static zone (RFC 1034, section 4.3.2; RFC 4592; RFC 6672).
//!
//! In: a zone and a name in it. Out: the name itself or its closest encloser, and what hides it from the zone.
//! Nothing is allocated. Does not know types, federations or what is answered.

use super::data::{Node, StaticZone};
use super::key::{Key, common, depth};
use crate::core::wire::RecordType;

/// What was found at a name.
#[derive(Clone, Copy, Debug)]
pub struct Found<'z> {
    /// The name itself, or the closest name above it that exists (RFC 4592, section 3.3.1).
    pub closest: Node<'z>,
    /// Whether it is the name itself.
    pub is_exact: bool,
    /// The topmost cut at or above the name, or DNAME above it: the zone says no more of what is there.
    pub cover: Option<Cover<'z>>,
}

/// What hides names from a zone.
#[derive(Clone, Copy, Debug)]
pub enum Cover<'z> {
    /// A delegation (RFC 1034, section 4.2.1).
    Cut(Node<'z>),
    /// A redirection of all names below (RFC 6672).
    Dname(Node<'z>),
}

impl StaticZone {
    /// Looks a name up, given in wire form in letters of any case. `None` for names outside of the zone.
    pub fn find(&self, name: &[u8]) -> Option<Found<'_>> {
        let apex = self.apex().wire().len();
        let key = Key::new(name, apex)?;
        let key = key.octets();
        let (closest, is_exact) = match self.position(key) {
            Ok(node) => (node, true),
            Err(position) => (self.encloser(position, key), false),
        };
        let cover = closest.cover().and_then(|cover| match cover.has(RecordType::DNAME) {
            // The name that owns it is not below it (RFC 6672, section 2.3).
            true if is_exact && closest.is(cover) => None,
            true => Some(Cover::Dname(cover)),
            false => Some(Cover::Cut(cover)),
        });
        Some(Found { closest, is_exact, cover })
    }

    /// The closest encloser of a name that does not exist and would stand at `position`. Every name above one
    /// that exists does, so it is one of those above the name before.
    fn encloser(&self, position: usize, key: &[u8]) -> Node<'_> {
        let mut node = self.node_before(position);
        let labels = depth(&key[..common(node.key(), key)]);
        while node.depth() > labels
            && let Some(above) = node.parent()
        {
            node = above;
        }
        node
    }
}

impl<'z> Found<'z> {
    /// The wildcard that names like it are made of, where the zone alone decides (RFC 4592, section 3.3.1).
    pub fn wildcard(&self) -> Option<Node<'z>> {
        self.closest.wildcard().filter(|_| !self.is_exact && self.cover.is_none())
    }
}
