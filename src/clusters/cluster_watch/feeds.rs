//! Feeds: the lists and watches of a cluster, and whether any of them still shows it.
//!
//! In: what becomes of each feed's requests, and moments. Out: whether the cluster is in sight, lost or
//! neither yet, and when that is to be asked again. A feed shows the cluster while its watch is open or its
//! list moves; one that waits for its turn to list, by our own wish, shows nothing, and is no loss while the
//! server answers. The health that a server tells of itself has no say. Does not know requests, nor who asks.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::core::service::SourceId;

/// Lists in a row that may stop half way before those of the feed count only when they are whole: a list
/// that never gets further shows nothing.
const MOST_HALF_LISTS: u32 = 2;
/// A watch that was open for so long showed the cluster, though nothing came of it.
const LASTING: Duration = Duration::from_secs(1);

/// How a cluster is seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum View {
    /// Some feed shows it.
    InSight,
    /// No feed does, and some wait for their turn to list, whose server answers; and what has failed of the
    /// feeds before.
    Waiting(Option<Box<str>>),
    /// No feed does, all have failed, and that for long enough; the latest failure says why.
    Lost(Box<str>),
    /// What was true before still counts.
    Unchanged,
}

/// The present view, and when it may be another one though nothing happens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Look {
    pub(super) view: View,
    pub(super) next: Option<Instant>,
}

/// One feed: a kind, in all namespaces or in one.
#[derive(Clone, Copy, Debug)]
struct Feed {
    /// Whether it shows the cluster.
    is_live: bool,
    /// Since when it does not, nor waits; of no meaning while it does either.
    dark_since: Instant,
    /// Whether a request has failed since it did. What is only being asked again has not.
    has_failed: bool,
    /// Whether it waits for its turn to list, and its server answered when that was asked last.
    is_waiting: bool,
    /// When its watch was opened that is open now.
    open_since: Option<Instant>,
    /// Whether that watch is not believed before something comes of it.
    is_doubted: bool,
    /// Whether something has come of a list that is not whole.
    is_listing: bool,
    /// Lists in a row that stopped half way.
    half_lists: u32,
}

impl Feed {
    fn new(now: Instant) -> Self {
        Self {
            is_live: false,
            dark_since: now,
            has_failed: false,
            is_waiting: false,
            open_since: None,
            is_doubted: false,
            is_listing: false,
            half_lists: 0,
        }
    }

    fn go_live(&mut self) {
        (self.is_live, self.has_failed) = (true, false);
        (self.is_doubted, self.is_waiting) = (false, false);
    }

    fn go_dark(&mut self, since: Instant) {
        let was_waiting = std::mem::take(&mut self.is_waiting);
        if std::mem::take(&mut self.is_live) || was_waiting {
            self.dark_since = since;
        }
    }

    /// Its watch, if one was open, is so no more. Whether that one proved nothing that was not in doubt before:
    /// it ended too soon, and nothing had come of it.
    fn close(&mut self, now: Instant) -> bool {
        let Some(since) = self.open_since.take() else { return false };
        if self.is_doubted {
            return false;
        }
        if now >= since + LASTING {
            self.go_live();
        }
        !self.is_live
    }

    /// Whether there is nothing to hope for from what it does now.
    fn is_failing(&self) -> bool {
        self.has_failed && !self.is_waiting && (self.open_since.is_none() || self.is_doubted)
    }
}

/// The feeds of one cluster.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    feeds: BTreeMap<SourceId, Feed>,
    /// What failed last.
    failure: Box<str>,
}

impl Feeds {
    /// A feed is read from now on.
    pub(super) fn begin(&mut self, source: SourceId, now: Instant) {
        self.feeds.insert(source, Feed::new(now));
    }

    /// A feed is read no more.
    pub(super) fn drop(&mut self, source: SourceId) {
        self.feeds.remove(&source);
    }

    /// The server has begun a watch.
    pub(super) fn open(&mut self, source: SourceId, now: Instant) {
        self.with(source, |feed| {
            (feed.open_since, feed.is_doubted) = (Some(now), false);
            (feed.is_listing, feed.is_waiting) = (false, false);
        });
    }

    /// Something that can be understood has come of a watch.
    pub(super) fn deliver(&mut self, source: SourceId) {
        self.with(source, Feed::go_live);
    }

    /// Something that can be understood has come of a list that is not whole yet.
    pub(super) fn move_on(&mut self, source: SourceId) {
        self.with(source, |feed| {
            feed.is_listing = true;
            if feed.half_lists < MOST_HALF_LISTS {
                feed.go_live();
            }
        });
    }

    /// A list is whole.
    pub(super) fn list(&mut self, source: SourceId) {
        self.with(source, |feed| {
            feed.go_live();
            (feed.is_listing, feed.half_lists) = (false, 0);
        });
    }

    /// A feed rests until it lists again, having listed: watching is forbidden.
    pub(super) fn rest(&mut self, source: SourceId) {
        self.with(source, Feed::go_live);
    }

    /// A feed waits for its turn to list, and its server has just answered: that nothing is listed is our own
    /// wish. What has failed before is not mended by that.
    pub(super) fn wait(&mut self, source: SourceId) {
        self.with(source, |feed| feed.is_waiting = true);
    }

    /// A request ended as it should, or was given up for another one. A watch that ended before anything
    /// came of it, and so soon that it proves nothing, is a failure.
    pub(super) fn end(&mut self, source: SourceId, now: Instant) {
        let mut is_vain = false;
        self.with(source, |feed| {
            is_vain = feed.close(now);
            feed.has_failed |= is_vain;
            feed.go_dark(now);
        });
        if is_vain {
            self.failure = "a watch ended at once and said nothing".into();
        }
    }

    /// A request failed.
    pub(super) fn fail(&mut self, source: SourceId, now: Instant, why: Box<str>) {
        self.with(source, |feed| {
            feed.half_lists += u32::from(std::mem::take(&mut feed.is_listing));
            feed.close(now);
            feed.has_failed = true;
            feed.go_dark(now);
        });
        self.failure = why;
    }

    /// No watch could be begun beside those that are open: since then they are not believed.
    pub(super) fn doubt(&mut self, since: Instant, why: Box<str>) {
        for feed in self.feeds.values_mut().filter(|feed| feed.open_since.is_some()) {
            (feed.is_doubted, feed.has_failed) = (true, true);
            feed.go_dark(since);
        }
        self.failure = why;
    }

    /// The feeds whose watch is open, believed or not.
    pub(super) fn open_watches(&self) -> impl Iterator<Item = SourceId> {
        let open = self.feeds.iter().filter(|(_, feed)| feed.open_since.is_some());
        open.map(|(source, _)| *source)
    }

    /// Whether some feed shows the cluster.
    pub(super) fn is_in_sight(&self) -> bool {
        self.feeds.values().any(|feed| feed.is_live)
    }

    /// How the cluster is seen at `now`. It is lost when no feed has shown it for `patience`; a watch of
    /// which nothing comes is believed once it has been open for half of that.
    pub(super) fn look(&mut self, now: Instant, patience: Duration) -> Look {
        let proof = patience / 2;
        let mut next: Option<Instant> = None;
        let mut at = |moment: Instant| next = Some(next.map_or(moment, |next| next.min(moment)));
        for feed in self.feeds.values_mut() {
            match feed.open_since {
                Some(since) if !feed.is_live && !feed.is_doubted => match since + proof {
                    proven if proven <= now => feed.go_live(),
                    proven => at(proven),
                },
                _ => {}
            }
        }
        let is_hopeless = !self.feeds.is_empty() && self.feeds.values().all(Feed::is_failing);
        let view = match self.feeds.values().map(|feed| feed.dark_since).max() {
            _ if self.is_in_sight() => View::InSight,
            _ if self.feeds.values().any(|feed| feed.is_waiting) => {
                let has_failed = self.feeds.values().any(|feed| feed.has_failed);
                View::Waiting(has_failed.then(|| self.failure.clone()))
            }
            Some(since) if is_hopeless && since + patience <= now => {
                View::Lost(self.failure.clone())
            }
            Some(since) if is_hopeless => {
                at(since + patience);
                View::Unchanged
            }
            _ => View::Unchanged,
        };
        Look { view, next }
    }

    fn with(&mut self, source: SourceId, change: impl FnOnce(&mut Feed)) {
        if let Some(feed) = self.feeds.get_mut(&source) {
            change(feed);
        }
    }
}

#[cfg(test)]
mod tests;
