//! Bodies that an API server sends, heard without a connection.
//!
//! In: the octets of a list's or a watch's body, in pieces of any size. Out: [`Heard`]: the events
//! that a reflector would tell, by the same steps. For those who hold a body in their hands: tests and
//! fuzzers.
//! Does not know requests, waiting, or what to ask next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;

use super::delta::Delta;
use super::event_sink::EventSink;
use super::resource::Resource;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http;
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::list_watch::intake::{Intake, Line, Taken};
use crate::clusters::list_watch::lines::Lines;
use crate::clusters::list_watch::list::ListBody;
use crate::clusters::list_watch::steps::Step;
use crate::clusters::watch_stats::ClusterStats;
use crate::core::complaint::Flaw;
use crate::core::event::ClusterEvent;

/// What kind of body it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// One JSON document: a page of a list, the last where it names no next one.
    List,
    /// Lines: a list that comes as a watch, and the watch that follows.
    Stream,
    /// Lines: a watch.
    Watch,
}

/// What was heard of a body.
#[derive(Debug, PartialEq)]
pub struct Heard {
    /// What is told, in order.
    pub events: Vec<ClusterEvent>,
    /// What is wrong with things that have no name.
    pub flaws: Vec<Flaw>,
    /// How far a watch has come.
    pub version: Option<Box<str>>,
    /// Why it is no such body, in words.
    pub failure: Option<String>,
    /// How many octets of it were kept at most from one piece to the next.
    pub held: usize,
}

/// No list takes as long here.
const LONG: Duration = Duration::from_secs(3600);

/// Hears a body out.
pub fn hear<'p>(kind: ObjectKind, form: Form, pieces: impl IntoIterator<Item = &'p [u8]>) -> Heard {
    let resource = Resource::ALL.into_iter().find(|it| it.kind == kind).unwrap_or(Resource::ALL[0]);
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let send = move |event| {
        told.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        std::future::ready(Ok(())).boxed()
    };
    let sink = EventSink::new(Box::new(send), Arc::new(ClusterStats::default()));
    let scope = resource.scope(None, http::Form::Whole);
    let mut intake = Intake::new(Delta::new(resource, scope, resource.source(None), &sink));
    intake.begin(&match form {
        Form::List => Step::Page { next: None, is_whole: false },
        Form::Stream => Step::Stream,
        Form::Watch => Step::Watch("1".into()),
    });
    let mut ear = Ear { intake, held: 0 };
    let result = match form {
        Form::List => ear.list(pieces),
        Form::Stream | Form::Watch => ear.lines(pieces),
    };
    let Ear { mut intake, held } = ear;
    let events = std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner));
    Heard {
        events,
        flaws: intake.sink().flaws().collect(),
        version: intake.version(),
        failure: result.err().map(|failure| failure.to_string()),
        held,
    }
}

struct Ear<'e> {
    intake: Intake<Delta<'e>>,
    held: usize,
}

impl Ear<'_> {
    fn list<'p>(&mut self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Result<(), Failure> {
        let mut list = ListBody::new();
        for piece in pieces {
            let intake = &mut self.intake;
            let taken = list.take(piece, |item| intake.collect(item));
            taken.map_err(|why| Failure::Garbage(why.into()))?;
            self.held = self.held.max(list.held());
            self.intake.excess(list.held(), LONG).map_or(Ok(()), Err)?;
        }
        let metadata = list.end().map_err(|why| Failure::Garbage(why.into()))?;
        if metadata.next.is_empty() {
            _ = at_once(self.intake.finish(metadata.resource_version.into()));
        }
        Ok(())
    }

    fn lines<'p>(&mut self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Result<(), Failure> {
        let mut lines = Lines::default();
        for piece in pieces {
            let mut batch = Vec::new();
            self.intake.lines(&mut lines, piece, &mut batch);
            self.held = self.held.max(lines.rest().len());
            for line in batch {
                self.take(line)?;
            }
            self.intake.excess(lines.rest().len(), LONG).map_or(Ok(()), Err)?;
        }
        if let Some(line) = self.intake.last_line(&lines) {
            self.take(line)?;
        }
        match self.intake.is_listing() {
            true => Err(Failure::TimedOut("a list by watch")),
            false => Ok(()),
        }
    }

    fn take(&mut self, line: Line<Delta<'_>>) -> Result<(), Failure> {
        match at_once(self.intake.take(line)) {
            Some(Taken::Ended(failure)) => Err(failure),
            _ => Ok(()),
        }
    }
}

/// Does what waits for nothing here: whoever is told takes all at once.
fn at_once<T>(telling: impl Future<Output = Result<T, Unheard>>) -> Option<T> {
    telling.now_or_never().and_then(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = r#"{"metadata":{"name":"n1","resourceVersion":"7"}}"#;

    #[test]
    fn a_body_tells_what_a_feed_would() {
        let list = format!(r#"{{"items":[{NODE},7],"metadata":{{"resourceVersion":"9"}}}}"#);
        let heard = hear(ObjectKind::Node, Form::List, list.as_bytes().chunks(3));
        let [ClusterEvent::Listed(listings)] = &heard.events[..] else { panic!("{heard:?}") };
        assert_eq!((listings.len(), listings[0].objects.len()), (1, 1));
        assert_eq!((heard.version.as_deref(), heard.flaws.len()), (Some("9"), 1));

        let added = format!(r#"{{"type":"ADDED","object":{NODE}}}"#);
        let heard = hear(ObjectKind::Node, Form::Watch, [added.as_bytes()]);
        assert!(matches!(&heard.events[..], [ClusterEvent::Applied(..)]), "{heard:?}");
        assert_eq!((heard.version.as_deref(), heard.failure), (Some("7"), None));

        // A list that comes as a watch is told at its end and not before.
        let heard = hear(ObjectKind::Node, Form::Stream, [added.as_bytes(), b"\n"]);
        assert_eq!(heard.events, []);
        assert!(heard.failure.is_some());
        let end = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"8",
            "annotations":{"k8s.io/initial-events-end":"true"}}}}"#
            .replace('\n', "");
        let body = format!("{added}\n{end}\n");
        let heard = hear(ObjectKind::Node, Form::Stream, [body.as_bytes()]);
        assert!(matches!(&heard.events[..], [ClusterEvent::Listed(_)]), "{heard:?}");
        assert_eq!(heard.failure, None);

        let heard = hear(ObjectKind::Node, Form::List, [&b"{\"items\":[{\"a\":"[..], b"<html>"]);
        assert!(heard.failure.is_some() && heard.held > 0, "{heard:?}");
    }
}
