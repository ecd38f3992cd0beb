//! A document: one object, or a list of objects.
//!
//! In: any serde source. Out: the objects it holds, lowered one by one while they are read, so
//! that a dump of a whole cluster is never kept as a tree.
//! Does not know files, nor how documents follow each other.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::clusters::kubernetes::{Field, Manifest, ObjectKind, Text, Unusable, lower};
use crate::core::complaint::Flaw;
use crate::core::event::Object;

/// What has been read so far.
pub(super) struct Reading<'s> {
    /// Objects in the order of the file.
    pub(super) objects: Vec<Object>,
    /// Objects that can not be used.
    pub(super) unusable: Vec<Unusable>,
    /// Objects of all kinds seen so far.
    count: usize,
    /// Whether anything said of which kind it is. What says nothing is no statement that
    /// nothing is there: it is an error message, or the wrong file.
    pub(super) has_kinds: bool,
    /// Whether nobody waits for the result any more.
    stop: &'s dyn Fn() -> bool,
}

/// The kind that the items of a list have where they do not say it.
struct ItemKind<'de> {
    api_version: Option<Text<'de>>,
    kind: Text<'de>,
}

/// An item that does not say of which kind it is, and the how-manieth it is.
struct Kindless<'de>(Manifest<'de>, usize);

/// How much has come before something.
#[derive(Clone, Copy)]
struct Mark {
    objects: usize,
    unusable: usize,
}

impl<'s> Reading<'s> {
    pub(super) fn new(stop: &'s dyn Fn() -> bool) -> Self {
        Self { objects: Vec::new(), unusable: Vec::new(), count: 0, has_kinds: false, stop }
    }

    /// Lowers an object that says its kind, or whose list does.
    fn take(&mut self, kind: Option<ObjectKind>, manifest: Manifest<'_>, number: usize) {
        // Objects of other kinds mean nothing here.
        let Some(kind) = kind else { return };
        match lower(kind, manifest) {
            Ok(Some(object)) => self.objects.push(object),
            Ok(None) => {}
            Err(mut unusable) => {
                if let (None, Flaw::ObjectUnusable(why)) = (&unusable.subject, &unusable.flaw) {
                    let why = format!("object {number}: {why}");
                    unusable.flaw = Flaw::ObjectUnusable(why.into());
                }
                self.unusable.push(unusable);
            }
        }
    }

    fn refuse(&mut self, number: usize, why: &str) {
        let flaw = Flaw::ObjectUnusable(format!("object {number}: {why}").into());
        self.unusable.push(Unusable { subject: None, flaw });
    }

    /// Drops what came after `mark`: it was no list of objects after all.
    fn rewind(&mut self, mark: Mark) {
        self.objects.truncate(mark.objects);
        self.unusable.truncate(mark.unusable);
    }
}

/// Reads one document into a [`Reading`].
pub(super) struct Document<'r, 's>(pub(super) &'r mut Reading<'s>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let reading = self.0;
        let visitor = ObjectVisitor { reading: &mut *reading, is_item: false };
        if let Some(Kindless(_, number)) = deserializer.deserialize_any(visitor)? {
            reading.refuse(number, "it has no kind");
        }
        Ok(())
    }
}

/// Reads an object or a list; gives it back where its kind is not known.
struct ObjectVisitor<'r, 's> {
    reading: &'r mut Reading<'s>,
    is_item: bool,
}

impl<'de> DeserializeSeed<'de> for ObjectVisitor<'_, '_> {
    type Value = Option<Kindless<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values that are no object: an item is refused alone, a document with the whole file.
macro_rules! refuse {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            self.not_an_object()
        }
    )*};
}

impl<'de> ObjectVisitor<'_, '_> {
    fn not_an_object<E: serde::de::Error>(self) -> Result<Option<Kindless<'de>>, E> {
        if !self.is_item {
            return Err(E::custom("expected a Kubernetes object"));
        }
        self.reading.count += 1;
        self.reading.refuse(self.reading.count, "expected a Kubernetes object");
        Ok(None)
    }
}

impl<'de> Visitor<'de> for ObjectVisitor<'_, '_> {
    type Value = Option<Kindless<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    refuse!(visit_bool: bool, visit_bytes: &[u8], visit_f64: f64, visit_str: &str);
    refuse!(visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128);

    /// An empty YAML document.
    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        if self.is_item { self.not_an_object() } else { Ok(None) }
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        if !self.is_item {
            return Err(A::Error::custom("expected a Kubernetes object, found a bare list"));
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.not_an_object()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let reading = self.reading;
        if (reading.stop)() {
            return Err(A::Error::custom("reading was stopped"));
        }
        reading.count += 1;
        let number = reading.count;
        let mark = Mark { objects: reading.objects.len(), unusable: reading.unusable.len() };
        let (mut manifest, mut has_items, mut kindless) = (Manifest::default(), false, Vec::new());
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key {
                Key::ApiVersion => manifest.api_version = map.next_value()?,
                Key::ObjectKind => manifest.kind = map.next_value()?,
                Key::Metadata => manifest.metadata = map.next_value()?,
                Key::Spec => manifest.spec = map.next_value()?,
                Key::Status => manifest.status = map.next_value()?,
                Key::AddressType => manifest.address_type = map.next_value()?,
                Key::Endpoints => manifest.endpoints = map.next_value()?,
                Key::Items => {
                    // A list is none of the objects that are counted.
                    has_items = true;
                    reading.count = number - 1;
                    let kind = item_kind(&manifest);
                    let items = Items { reading: &mut *reading, kind, kindless: &mut kindless };
                    map.next_value_seed(items)?;
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(kind) = item_kind(&manifest) {
            reading.has_kinds = true;
            for Kindless(item, number) in kindless {
                reading.take_item(&kind, item, number);
            }
            return Ok(None);
        }
        if has_items {
            reading.rewind(mark);
        }
        match &manifest.kind {
            Field::Absent => return Ok(Some(Kindless(manifest, number))),
            // What an API server says instead of objects, when it refuses.
            Field::Given(Text(kind)) if kind == "Status" && !self.is_item => {
                reading.refuse(number, "it is a Status, which an API server gives for an error");
            }
            Field::Given(kind) => {
                reading.has_kinds = true;
                let kind = ObjectKind::of(text_of(&manifest.api_version), &kind.0);
                reading.take(kind, manifest, number);
            }
            Field::Misshapen(why) => reading.refuse(number, &format!("kind: {why}")),
        }
        Ok(None)
    }
}

impl Reading<'_> {
    /// Lowers an item whose kind only its list can say.
    fn take_item(&mut self, list: &ItemKind<'_>, item: Manifest<'_>, number: usize) {
        if list.kind.0.is_empty() {
            return self.refuse(number, "it has no kind");
        }
        let own = text_of(&item.api_version);
        let api_version = own.or(list.api_version.as_ref().map(|Text(version)| version.as_ref()));
        let kind = ObjectKind::of(api_version, &list.kind.0);
        self.take(kind, item, number);
    }
}

fn text_of<'m>(field: &'m Field<Text<'_>>) -> Option<&'m str> {
    match field {
        Field::Given(Text(text)) => Some(text),
        Field::Absent | Field::Misshapen(_) => None,
    }
}

/// What the items are, where `manifest` says that it is a list: a `ServiceList` holds Services,
/// a plain `List` (of the empty kind here) whatever its items say.
fn item_kind<'de>(manifest: &Manifest<'de>) -> Option<ItemKind<'de>> {
    let Field::Given(Text(kind)) = &manifest.kind else { return None };
    let kind = kind.strip_suffix("List")?;
    let api_version = match &manifest.api_version {
        Field::Given(version) => Some(version.clone()),
        Field::Absent | Field::Misshapen(_) => None,
    };
    Some(ItemKind { api_version, kind: Text(kind.to_owned().into()) })
}

/// Reads `items`. Where the list has not said its kind yet, items without one wait in `kindless`.
struct Items<'r, 's, 'de> {
    reading: &'r mut Reading<'s>,
    kind: Option<ItemKind<'de>>,
    kindless: &'r mut Vec<Kindless<'de>>,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values of `items` that are no list are of some other kind's making, or refused as such.
macro_rules! not_a_list {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E>(self, _: $type) -> Result<(), E> {
            self.not_a_list();
            Ok(())
        }
    )*};
}

impl Items<'_, '_, '_> {
    fn not_a_list(self) {
        self.reading.refuse(self.reading.count + 1, "items: expected a list");
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of Kubernetes objects")
    }

    not_a_list!(visit_bool: bool, visit_bytes: &[u8], visit_f64: f64, visit_str: &str);
    not_a_list!(visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128);

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.not_a_list();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let reading = self.reading;
        loop {
            let item = ObjectVisitor { reading: &mut *reading, is_item: true };
            match (seq.next_element_seed(item)?, &self.kind) {
                (None, _) => return Ok(()),
                (Some(None), _) => {}
                (Some(Some(Kindless(item, number))), Some(kind)) => {
                    reading.take_item(kind, item, number);
                }
                (Some(Some(kindless)), None) => self.kindless.push(kindless),
            }
        }
    }
}

/// The keys of an object that mean something here.
enum Key {
    AddressType,
    ApiVersion,
    Endpoints,
    Items,
    ObjectKind,
    Metadata,
    Other,
    Spec,
    Status,
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            "addressType" => Key::AddressType,
            "apiVersion" => Key::ApiVersion,
            "endpoints" => Key::Endpoints,
            "items" => Key::Items,
            "kind" => Key::ObjectKind,
            "metadata" => Key::Metadata,
            "spec" => Key::Spec,
            "status" => Key::Status,
            _ => Key::Other,
        })
    }
}
