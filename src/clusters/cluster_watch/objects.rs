//! The objects of clusters: what an item of a list, or a line of a watch, says.
//!
//! In: octets of one JSON object. Out: facts of the core with their flaws, in a form that says
//! whether they came or went. Nothing that a server sends is an error of more than itself.
//! Does not know lists, watches, or what was there before.

use std::time::Duration;

use serde::Deserialize;

use crate::clusters::kubernetes::{
    DEFAULT_NAMESPACE, Field, Manifest, Metadata, ObjectKind, Shape, Text, Unusable, WatchLine,
    Word, lower,
};
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, Object, ObjectKey};
use crate::core::name::Label;
use crate::core::service::ServiceKey;

use crate::clusters::api::failure::{brief, status};
use crate::clusters::list_watch::watch_event::WatchEvent;

/// What an object says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Nothing that means something here. What it was known by while it did, where it may have.
    Nothing(Option<ObjectKey>),
    /// These facts, and when what they follow from has changed: the time since 1970.
    Object(Object, Option<Duration>),
    /// It can not be used. What it was known by before, where that can be told.
    Unusable(Unusable, Option<ObjectKey>),
}

/// The item of a list of this kind.
pub(super) fn item(kind: ObjectKind, octets: &[u8]) -> Said {
    match read::<Manifest<'_>>(octets) {
        Ok(manifest) => said(kind, manifest),
        Err(why) => {
            let flaw = Flaw::ObjectUnusable(format!("an item can not be read: {why}").into());
            Said::Unusable(Unusable { subject: None, flaw }, None)
        }
    }
}

/// A line of a watch of this kind.
pub(super) fn line(kind: ObjectKind, octets: &[u8]) -> WatchEvent<Said> {
    let event = match read::<WatchLine<'_>>(octets) {
        Ok(event) => event,
        Err(why) => return WatchEvent::Unreadable(format!("a line can not be read: {why}").into()),
    };
    let Field::Given(Text(event_type)) = &event.event_type else {
        return WatchEvent::Unreadable("a line says no type".into());
    };
    let Field::Given(manifest) = event.object else {
        return WatchEvent::Unreadable(format!("a line of type {event_type} has no object").into());
    };
    let version = version(&manifest);
    match event_type.as_ref() {
        "ADDED" => WatchEvent::Applied { version, is_new: true, object: said(kind, manifest) },
        "MODIFIED" => WatchEvent::Applied { version, is_new: false, object: said(kind, manifest) },
        "DELETED" => WatchEvent::Deleted { version, object: said(kind, manifest) },
        "BOOKMARK" => WatchEvent::Bookmark { version, is_list_end: is_list_end(&manifest) },
        "ERROR" => WatchEvent::Ended(status(octets)),
        other => WatchEvent::Unreadable(
            format!("a line is of the unknown type {:?}", brief(other)).into(),
        ),
    }
}

fn read<'de, T: Shape<'de>>(octets: &'de [u8]) -> Result<T, Box<str>> {
    // Looked at as a whole, and not each text in it by itself. Where it is no text, it may still be one as far as
    // it is read.
    match std::str::from_utf8(octets) {
        Ok(text) => read_from(serde_json::Deserializer::from_str(text)),
        Err(_) => read_from(serde_json::Deserializer::from_slice(octets)),
    }
}

fn read_from<'de, T: Shape<'de>>(
    mut deserializer: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
) -> Result<T, Box<str>> {
    let field = Field::<T>::deserialize(&mut deserializer);
    let field = field.and_then(|field| deserializer.end().map(|()| field));
    match field {
        Ok(Field::Given(value)) => Ok(value),
        Ok(Field::Absent) => Err("it is null".into()),
        Ok(Field::Misshapen(why)) => Err(why),
        Err(error) => Err(brief(&error.to_string())),
    }
}

fn metadata<'m, 'a>(manifest: &'m Manifest<'a>) -> Option<&'m Metadata<'a>> {
    match &manifest.metadata {
        Field::Given(metadata) => Some(metadata),
        Field::Absent | Field::Misshapen(_) => None,
    }
}

fn word<'m>(field: &'m Field<Word<'_>>) -> Option<&'m str> {
    match field {
        Field::Given(Word(text)) => Some(text),
        Field::Absent | Field::Misshapen(_) => None,
    }
}

fn text<'m>(field: &'m Field<Text<'_>>) -> Option<&'m str> {
    match field {
        Field::Given(Text(text)) => Some(text),
        Field::Absent | Field::Misshapen(_) => None,
    }
}

fn version(manifest: &Manifest<'_>) -> Box<str> {
    metadata(manifest).and_then(|it| text(&it.resource_version)).unwrap_or_default().into()
}

fn is_list_end(manifest: &Manifest<'_>) -> bool {
    metadata(manifest).is_some_and(|metadata| match &metadata.annotations {
        Field::Given(annotations) => text(&annotations.initial_events_end) == Some("true"),
        Field::Absent | Field::Misshapen(_) => false,
    })
}

fn said(kind: ObjectKind, manifest: Manifest<'_>) -> Said {
    let triggered = triggered(&manifest);
    let (key, has_service) = (key(kind, &manifest), has_service(&manifest));
    match lower(kind, manifest) {
        Ok(Some(object)) => Said::Object(object, triggered),
        // A slice of names never meant anything; one without a service may have had one.
        Ok(None) => Said::Nothing(key.filter(|_| !has_service)),
        Err(unusable) => Said::Unusable(unusable, key),
    }
}

/// When what an EndpointSlice follows has changed.
fn triggered(manifest: &Manifest<'_>) -> Option<Duration> {
    let Field::Given(annotations) = &metadata(manifest)?.annotations else { return None };
    let moment: jiff::Timestamp = text(&annotations.last_change)?.parse().ok()?;
    moment.duration_since(jiff::Timestamp::UNIX_EPOCH).try_into().ok()
}

/// By what an object is known, as far as it says so.
fn key(kind: ObjectKind, manifest: &Manifest<'_>) -> Option<ObjectKey> {
    let metadata = metadata(manifest)?;
    let name = word(&metadata.name)?;
    let namespace = || Label::parse(word(&metadata.namespace).unwrap_or(DEFAULT_NAMESPACE)).ok();
    match kind {
        ObjectKind::Node => Some(ObjectKey::Node(name.into())),
        ObjectKind::Service => {
            let name = Label::parse(name).ok()?;
            Some(ObjectKey::Service(ServiceKey { namespace: namespace()?, name }))
        }
        // Its label may have named another service before.
        ObjectKind::EndpointSlice => Some(ObjectKey::MovedSlice(namespace()?, name.into())),
    }
}

/// Whether it says that it belongs to a service.
fn has_service(manifest: &Manifest<'_>) -> bool {
    metadata(manifest).is_some_and(|metadata| match &metadata.labels {
        Field::Given(labels) => word(&labels.service_name).is_some_and(|it| !it.is_empty()),
        Field::Absent | Field::Misshapen(_) => false,
    })
}

/// What makes it one object among all, whatever it says: a slice may pass from service to service.
pub(super) fn identity_of(facts: &Facts) -> ObjectKey {
    match key_of(facts) {
        ObjectKey::Slice(key, name) => ObjectKey::MovedSlice(key.namespace, name),
        key => key,
    }
}

/// As what an object is complained of.
pub(super) fn subject_of(key: ObjectKey) -> Subject {
    match key {
        ObjectKey::Node(name) => Subject::Node(name),
        ObjectKey::Service(ServiceKey { namespace, name }) => {
            Subject::Service(namespace.as_str().into(), name.as_str().into())
        }
        ObjectKey::Slice(ServiceKey { namespace, .. }, name)
        | ObjectKey::MovedSlice(namespace, name) => Subject::Slice(namespace.as_str().into(), name),
    }
}

/// By what facts are known.
pub(super) fn key_of(facts: &Facts) -> ObjectKey {
    match facts {
        Facts::Node(name, _) => ObjectKey::Node(name.clone()),
        Facts::Service(key, _) => ObjectKey::Service(key.clone()),
        Facts::Slice(key, slice) => ObjectKey::Slice(key.clone(), slice.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::api::failure::Failure;

    fn seen(text: &str) -> WatchEvent<Said> {
        line(ObjectKind::EndpointSlice, text.as_bytes())
    }

    #[test]
    fn lines_are_understood() {
        let slice = r#""metadata":{"name":"cart-1","namespace":"shop","resourceVersion":"7",
            "labels":{"kubernetes.io/service-name":"cart"},
            "annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"1970-01-01T00:00:02.5Z"}}"#;
        let text = format!(r#"{{"type":"ADDED","object":{{{slice},"endpoints":null}}}}"#);
        let WatchEvent::Applied { version, is_new: true, object: Said::Object(object, triggered) } =
            seen(&text)
        else {
            panic!("{text}")
        };
        assert_eq!((&*version, triggered), ("7", Some(Duration::from_millis(2500))));
        let cart = ServiceKey {
            namespace: Label::parse("shop").expect("a label"),
            name: Label::parse("cart").expect("a label"),
        };
        assert_eq!(key_of(&object.facts), ObjectKey::Slice(cart.clone(), "cart-1".into()));
        let text = format!(r#"{{"object":{{{slice},"endpoints":7}},"type":"MODIFIED"}}"#);
        let WatchEvent::Applied { is_new: false, object: Said::Unusable(unusable, key), .. } =
            seen(&text)
        else {
            panic!("{text}")
        };
        assert!(unusable.subject.is_some());
        assert_eq!(key, Some(ObjectKey::MovedSlice(cart.namespace, "cart-1".into())));
        let end = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9",
            "annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
        assert_eq!(seen(end), WatchEvent::Bookmark { version: "9".into(), is_list_end: true });
        let gone = r#"{"type":"ERROR","object":{"kind":"Status","status":"Failure","code":410,
            "reason":"Expired","message":"too old"}}"#;
        let failure = Failure::Status { code: 410, message: "too old".into(), retry_after: None };
        assert_eq!(seen(gone), WatchEvent::Ended(failure));
    }

    #[test]
    fn nonsense_is_told_and_costs_nothing_else() {
        for text in [
            "",
            "<html>",
            "{}",
            "null",
            "[]",
            r#"{"type":"ADDED"}"#,
            r#"{"type":"ADDED","object":7}"#,
            r#"{"type":"LOVED","object":{}}"#,
            r#"{"type":"ADDED","object":{}} {}"#,
        ] {
            assert!(matches!(seen(text), WatchEvent::Unreadable(_)), "{text}: {:?}", seen(text));
        }
        assert!(matches!(item(ObjectKind::Node, b"{\"metadata\":"), Said::Unusable(_, None)));
    }
}
