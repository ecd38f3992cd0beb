//! What has come of a list that is not whole yet.
//!
//! In: objects of a list and, where it comes by watch, changes of them. Out: each object as it was said
//! last, and what can not be used. Objects are looked up by what they are known by only once one of them
//! changes: most lists come without changes and pay for no index.
//! Does not know lines, requests or what is told of a list.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::objects::{Said, identity_of, subject_of};
use crate::clusters::kubernetes::Unusable;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Object, ObjectKey};

/// What has come of a list that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Collected {
    objects: Vec<Object>,
    /// Where objects stand, by what they are known by; `None` until one changes.
    positions: Option<Positions>,
    /// What is wrong with objects that have a name.
    unusable: BTreeMap<Subject, Flaw>,
    /// What is wrong with things that have none.
    nameless: Vec<Flaw>,
}

/// A list that is whole.
#[derive(Debug)]
pub(super) struct Collection {
    /// Its objects; one that came twice stands there twice, unless one of the list changed.
    pub(super) objects: Vec<Object>,
    /// What can not be used.
    pub(super) unusable: Vec<Unusable>,
}

impl Collected {
    /// How many things are kept.
    pub(super) fn len(&self) -> usize {
        self.objects.len() + self.unusable.len() + self.nameless.len()
    }

    /// Takes an object that the list holds.
    pub(super) fn put(&mut self, said: Said) {
        match said {
            Said::Object(object, _) => match &mut self.positions {
                None => self.objects.push(object),
                Some(positions) => positions.put(&mut self.objects, object),
            },
            Said::Nothing(_) => {}
            Said::Unusable(Unusable { subject: Some(subject), flaw }, _) => {
                self.unusable.insert(subject, flaw);
            }
            Said::Unusable(Unusable { subject: None, flaw }, _) => self.nameless.push(flaw),
        }
    }

    /// Something that has no name can not be used.
    pub(super) fn note_nameless(&mut self, flaw: Flaw) {
        self.nameless.push(flaw);
    }

    /// Forgets an object, which says something else now or is gone.
    pub(super) fn forget(&mut self, key: ObjectKey) {
        let objects = &mut self.objects;
        let positions = self.positions.get_or_insert_with(|| Positions::of(objects));
        positions.remove(objects, &key);
        if !self.unusable.is_empty() {
            self.unusable.remove(&subject_of(key));
        }
    }

    /// The list as it is, whole.
    pub(super) fn whole(self) -> Collection {
        let named = self.unusable.into_iter().map(|(subject, flaw)| (Some(subject), flaw));
        let nameless = self.nameless.into_iter().map(|flaw| (None, flaw));
        let unusable = nameless.chain(named).map(|(subject, flaw)| Unusable { subject, flaw });
        Collection { objects: self.objects, unusable: unusable.collect() }
    }
}

/// Where objects stand among those of a list, by what they are known by. The objects themselves are the
/// keys: nothing of them is kept twice.
#[derive(Debug, Default)]
struct Positions {
    table: HashTable<usize>,
    hasher: RandomState,
}

impl Positions {
    /// Those of all these objects; of two that are known by the same, the last stays.
    fn of(objects: &mut Vec<Object>) -> Self {
        let (mut positions, mut kept) = (Self::default(), Vec::with_capacity(objects.len()));
        std::mem::take(objects).into_iter().for_each(|object| positions.put(&mut kept, object));
        *objects = kept;
        positions
    }

    fn put(&mut self, objects: &mut Vec<Object>, object: Object) {
        let key = identity_of(&object.facts);
        match self.find(objects, &key) {
            Some(at) => objects[at] = object,
            None => {
                let (at, hash) = (objects.len(), self.hasher.hash_one(&key));
                objects.push(object);
                let hash_of = |at: &usize| self.hasher.hash_one(identity_of(&objects[*at].facts));
                self.table.insert_unique(hash, at, hash_of);
            }
        }
    }

    fn find(&self, objects: &[Object], key: &ObjectKey) -> Option<usize> {
        let is_it = |at: &usize| identity_of(&objects[*at].facts) == *key;
        self.table.find(self.hasher.hash_one(key), is_it).copied()
    }

    /// Takes an object out; the last one takes its place.
    fn remove(&mut self, objects: &mut Vec<Object>, key: &ObjectKey) {
        let is_it = |at: &usize| identity_of(&objects[*at].facts) == *key;
        let Ok(entry) = self.table.find_entry(self.hasher.hash_one(key), is_it) else { return };
        let (at, _) = entry.remove();
        objects.swap_remove(at);
        let former = objects.len();
        if let Some(moved) = objects.get(at) {
            let hash = self.hasher.hash_one(identity_of(&moved.facts));
            if let Some(place) = self.table.find_mut(hash, |place| *place == former) {
                *place = at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::core::event::{Facts, NodeFacts};
    use crate::core::name::Label;

    fn node(name: u8, region: u8) -> Object {
        let region = Label::parse(&format!("r{region}")).ok();
        let facts =
            Facts::Node(name.to_string().into(), NodeFacts { region, ..NodeFacts::default() });
        Object { facts, flaws: Vec::new() }
    }

    fn unusable(name: u8) -> Said {
        let subject = Some(Subject::Node(name.to_string().into()));
        let flaw = Flaw::ObjectUnusable("odd".into());
        Said::Unusable(Unusable { subject, flaw }, None)
    }

    fn key(name: u8) -> ObjectKey {
        ObjectKey::Node(name.to_string().into())
    }

    #[test]
    fn what_changes_while_a_list_comes_takes_back_what_was_wrong_with_it() {
        let mut collected = Collected::default();
        collected.put(unusable(1));
        collected.put(unusable(2));
        collected.note_nameless(Flaw::ObjectUnusable("an item can not be read".into()));
        assert_eq!(collected.len(), 3);
        collected.forget(key(1));
        collected.put(Said::Object(node(1, 0), None));
        collected.forget(key(2));
        let Collection { objects, unusable } = collected.whole();
        assert_eq!((objects, unusable.len()), (vec![node(1, 0)], 1));
        assert_eq!(unusable[0].subject, None);
    }

    proptest! {
        #[test]
        fn a_list_that_changes_is_what_a_map_would_be(
            steps in prop::collection::vec((0_u8..4, 0_u8..12, 0_u8..4), 0..60),
        ) {
            let (mut collected, mut model) = (Collected::default(), BTreeMap::new());
            for (step, name, region) in steps {
                if step == 0 {
                    collected.forget(key(name));
                    model.remove(&name);
                    continue;
                }
                // A new object, or one that changes.
                if step == 1 || model.contains_key(&name) {
                    collected.forget(key(name));
                }
                collected.put(Said::Object(node(name, region), None));
                model.insert(name, region);
            }
            let mut found = collected.whole().objects;
            found.sort_by_key(|object| identity_of(&object.facts));
            let mut known: Vec<_> = model.into_iter().map(|(name, region)| node(name, region)).collect();
            known.sort_by_key(|object| identity_of(&object.facts));
            prop_assert_eq!(found, known);
        }
    }
}
