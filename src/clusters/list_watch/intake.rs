//! Intakes: what has come of lists and watches, on its way to a sink.
//!
//! In: items of lists, lines of watches. Out: objects in order, and how far the watch has come, which
//! moves on only once the sink has taken what came: a reflector that is interrupted loses nothing.
//! Does not know requests, waiting, or what objects say.

use std::time::Duration;

use tokio::time::Instant;

use super::lines::{Lines, TooLarge};
use super::sink::{Acceptance, Change, Sink, Unreadable};
use super::steps::Step;
use super::watch_event::WatchEvent;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;

/// Objects that a list may hold; no cluster has a tenth of that.
const MAX_OBJECTS: usize = 1_000_000;

/// What has come of one kind.
pub(in crate::clusters) struct Intake<S> {
    sink: S,
    /// The list that is not whole yet.
    listing: Option<Listing>,
    /// How far the watch has come.
    version: Option<Box<str>>,
    /// Whether the present watch said anything.
    is_news: bool,
}

/// A list that is coming.
#[derive(Clone, Copy, Debug)]
struct Listing {
    began: Instant,
    /// Objects that have come; changes of them are none.
    objects: usize,
    /// How many had come when the last one was noticed, and when that was.
    noticed: usize,
    moved: Instant,
}

impl Listing {
    fn begin() -> Self {
        let now = Instant::now();
        Self { began: now, objects: 0, noticed: 0, moved: now }
    }
}

/// A line of a watch as it was read.
pub(in crate::clusters) type Line<S> = Result<WatchEvent<<S as Sink>::Object>, TooLarge>;

/// What became of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Taken {
    /// Its object was told, or kept until the list is whole.
    Told,
    /// All objects have come, as of this version, and took effect.
    Listed(Box<str>),
    /// All objects have come, which is not believed yet.
    Doubted,
    /// The watch is over.
    Ended(Failure),
}

impl<S: Sink> Intake<S> {
    pub(in crate::clusters) fn new(sink: S) -> Self {
        Self { sink, listing: None, version: None, is_news: false }
    }

    /// What takes the objects.
    pub(in crate::clusters) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// A request begins. A list that was begun before goes on where its next page is asked for.
    pub(in crate::clusters) fn begin(&mut self, step: &Step) {
        self.is_news = false;
        match step {
            Step::Page { next: Some(_), .. } => {}
            Step::Page { next: None, .. } | Step::Stream => {
                self.listing = Some(Listing::begin());
                self.sink.begin_list();
            }
            Step::Watch(version) => {
                (self.listing, self.version) = (None, Some(version.clone()));
                self.sink.drop_list();
            }
        }
    }

    /// Whether a list is not whole yet.
    pub(in crate::clusters) fn is_listing(&self) -> bool {
        self.listing.is_some()
    }

    /// Whether objects of a list have come since that was asked last.
    pub(in crate::clusters) fn has_moved(&mut self) -> bool {
        let Some(listing) = &mut self.listing else { return false };
        let has_moved = listing.noticed != listing.objects;
        if has_moved {
            (listing.noticed, listing.moved) = (listing.objects, Instant::now());
        }
        has_moved
    }

    /// What is out of all proportion about the list that is coming, if anything is: more objects than
    /// there can be, or none any more, though octets or pages come. `held` octets of the next one have
    /// come. How long it takes as a whole is no matter.
    pub(in crate::clusters) fn excess(&self, held: usize, progress: Duration) -> Option<Failure> {
        let listing = self.listing.as_ref()?;
        if listing.objects.max(self.sink.collected()) > MAX_OBJECTS {
            let why = format!("a list of more than {MAX_OBJECTS} objects");
            return Some(Failure::Garbage(why.into()));
        }
        let patience = progress + Duration::from_millis(held as u64);
        (listing.moved.elapsed() > patience)
            .then_some(Failure::TimedOut("the next object of a list"))
    }

    /// How far the watch has come.
    pub(in crate::clusters) fn version(&self) -> Option<Box<str>> {
        self.version.clone().filter(|version| !version.is_empty())
    }

    /// Whether the present watch said anything.
    pub(in crate::clusters) fn is_news(&self) -> bool {
        self.is_news
    }

    /// All that came together was taken.
    pub(in crate::clusters) async fn settle(&mut self) -> Result<(), Unheard> {
        self.sink.settle().await?;
        match &self.version {
            // While a list comes it is that of the watch before.
            Some(version) if !version.is_empty() && !self.is_listing() => {
                self.sink.note_version(version).await
            }
            _ => Ok(()),
        }
    }

    /// An item of a list.
    pub(in crate::clusters) fn collect(&mut self, item: Result<&[u8], TooLarge>) {
        if let Some(listing) = &mut self.listing {
            listing.objects += 1;
            let item = item.map(|octets| self.sink.item(octets));
            self.sink.collect(item);
        }
    }

    /// The lines that these octets end.
    pub(in crate::clusters) fn lines(
        &self,
        lines: &mut Lines,
        octets: &[u8],
        out: &mut Vec<Line<S>>,
    ) {
        lines.take(octets, |line| out.push(line.map(|line| self.sink.line(line))));
    }

    /// The last line of a body that did not end it: some servers do not. `None` where it is one that was
    /// cut off.
    pub(in crate::clusters) fn last_line(&self, lines: &Lines) -> Option<Line<S>> {
        match self.sink.line(lines.rest()) {
            WatchEvent::Unreadable(_) => None,
            line => Some(Ok(line)),
        }
    }

    /// The list is whole, as of this version.
    pub(in crate::clusters) async fn finish(
        &mut self,
        version: Box<str>,
    ) -> Result<Acceptance, Unheard> {
        let Some(listing) = self.listing.take() else { return Ok(Acceptance::Accepted) };
        let acceptance = self.sink.finish_list(listing.began.elapsed()).await?;
        if acceptance == Acceptance::Accepted {
            (self.version, self.is_news) = (Some(version), true);
        }
        Ok(acceptance)
    }

    /// A line of a watch.
    pub(in crate::clusters) async fn take(&mut self, line: Line<S>) -> Result<Taken, Unheard> {
        let event = match line {
            Ok(WatchEvent::Ended(failure)) => return Ok(Taken::Ended(failure)),
            Ok(WatchEvent::Bookmark { version, is_list_end: true }) if self.is_listing() => {
                return Ok(match self.finish(version.clone()).await? {
                    Acceptance::Accepted => Taken::Listed(version),
                    Acceptance::Doubted => Taken::Doubted,
                });
            }
            line => line,
        };
        self.sink.hear();
        match event {
            Err(TooLarge) => self.sink.note_unreadable(Unreadable::TooLarge),
            Ok(WatchEvent::Unreadable(why)) => {
                self.sink.note_unreadable(Unreadable::Garbage(why));
            }
            Ok(WatchEvent::Ended(_)) => {}
            Ok(WatchEvent::Bookmark { version, .. }) => self.advance(version),
            Ok(WatchEvent::Applied { is_new, object, .. }) if self.is_listing() => {
                let change = if is_new { Change::Added } else { Change::Modified };
                if let Some(listing) = &mut self.listing {
                    // A server that knows no lists by watch tells changes for ever.
                    listing.objects += usize::from(is_new);
                }
                self.sink.collect_change(change, object);
            }
            Ok(WatchEvent::Deleted { object, .. }) if self.is_listing() => {
                self.sink.collect_change(Change::Deleted, object);
            }
            Ok(WatchEvent::Applied { version, is_new, object }) => {
                self.sink.apply(object, is_new).await?;
                self.advance(version);
            }
            Ok(WatchEvent::Deleted { version, object }) => {
                self.sink.delete(object).await?;
                self.advance(version);
            }
        }
        Ok(Taken::Told)
    }

    fn advance(&mut self, version: Box<str>) {
        self.is_news = true;
        // Until the list is whole there is nothing to go on from.
        if !version.is_empty() && !self.is_listing() {
            self.version = Some(version);
        }
    }
}

#[cfg(test)]
mod tests;
