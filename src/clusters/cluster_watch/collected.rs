//! What has come of a list that is not whole yet.
//!
//! In: objects of a list and, where it comes by watch, changes of them. Out: each object as it was said
//! last, and what can not be used. Objects are looked up by what they are known by only once one of them
//! changes: most lists come without changes, pay for no index, and are kept packed until they are whole.
//! Does not know lines, requests or what is told of a list.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::objects::{Said, identity_of, subject_of};
use crate::clusters::kubernetes::Unusable;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Object, ObjectKey};

/// Octets of packed objects that stand together: what grows by more is copied, and twice there meanwhile.
const CHUNK: usize = 64 << 10;
/// Room that is left at the end of a chunk for an object that is begun there; most take a tenth.
const LAST: usize = 2 << 10;

/// What has come of a list that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Collected {
    objects: Objects,
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
        let objects = match &self.objects {
            Objects::Packed(packed) => packed.count,
            Objects::Indexed(objects, _) => objects.len(),
        };
        objects + self.unusable.len() + self.nameless.len()
    }

    /// Takes an object that the list holds.
    pub(super) fn put(&mut self, said: Said) {
        match said {
            Said::Object(object, _) => match &mut self.objects {
                Objects::Packed(packed) => packed.push(object),
                Objects::Indexed(objects, positions) => positions.put(objects, object),
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
        if let Objects::Packed(packed) = &mut self.objects {
            let mut objects = std::mem::take(packed).unpack();
            let positions = Positions::of(&mut objects);
            self.objects = Objects::Indexed(objects, positions);
        }
        if let Objects::Indexed(objects, positions) = &mut self.objects {
            positions.remove(objects, &key);
        }
        if !self.unusable.is_empty() {
            self.unusable.remove(&subject_of(key));
        }
    }

    /// The list as it is, whole.
    pub(super) fn whole(self) -> Collection {
        let named = self.unusable.into_iter().map(|(subject, flaw)| (Some(subject), flaw));
        let nameless = self.nameless.into_iter().map(|flaw| (None, flaw));
        let unusable = nameless.chain(named).map(|(subject, flaw)| Unusable { subject, flaw });
        let objects = match self.objects {
            Objects::Packed(packed) => packed.unpack(),
            Objects::Indexed(objects, _) => objects,
        };
        Collection { objects, unusable: unusable.collect() }
    }
}

/// The objects of a list.
#[derive(Debug)]
enum Objects {
    /// None of them has changed so far.
    Packed(Packed),
    /// And where each stands.
    Indexed(Vec<Object>, Positions),
}

impl Default for Objects {
    fn default() -> Self {
        Self::Packed(Packed::default())
    }
}

/// Objects as ground state packs facts: a fifth of what they take else, and several clusters list at once.
#[derive(Debug, Default)]
struct Packed {
    chunks: Vec<Vec<u8>>,
    count: usize,
    /// What could not be used of some, by their positions.
    flaws: BTreeMap<usize, Vec<Flaw>>,
}

impl Packed {
    fn push(&mut self, Object { facts, flaws }: Object) {
        let chunk = self.chunks.pop_if(|it| it.len() <= CHUNK - LAST);
        let chunk = chunk.unwrap_or_else(|| Vec::with_capacity(CHUNK));
        let packed = postcard::to_extend(&facts, chunk);
        self.chunks.push(packed.expect("facts hold nothing that can not be packed"));
        if !flaws.is_empty() {
            self.flaws.insert(self.count, flaws);
        }
        self.count += 1;
    }

    fn unpack(self) -> Vec<Object> {
        let Self { chunks, count, mut flaws } = self;
        let mut objects = Vec::with_capacity(count);
        for chunk in chunks {
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                let (facts, behind) =
                    postcard::take_from_bytes(rest).expect("what was packed here can be read");
                let flaws = flaws.remove(&objects.len()).unwrap_or_default();
                objects.push(Object { facts, flaws });
                rest = behind;
            }
        }
        objects
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

    #[test]
    fn a_list_is_what_came_with_each_flaw_where_it_was() {
        for count in [0, 1, 5000] {
            let mut came: Vec<_> = (0..count).map(|number| node(number as u8, 7)).collect();
            for flawed in came.iter_mut().skip(3).step_by(700) {
                flawed.flaws.push(Flaw::EmptyIngress);
            }
            let mut collected = Collected::default();
            came.iter().for_each(|object| collected.put(Said::Object(object.clone(), None)));
            assert_eq!(collected.len(), count);
            assert_eq!(collected.whole().objects, came);
        }
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
