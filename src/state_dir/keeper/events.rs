//! The file of what changed, and when.
//!
//! In: events, some at a time. Out: the file, replaced whole: it is small, and bounded as history is.
//! Does not know what events say.

use tokio::time::Instant;

use super::{Failed, Keeper, REST, SHARE, Written};
use crate::core::state_file::{Encoder, Kind};
use crate::state_dir::EVENTS;
use crate::state_dir::disk::Replacement;

impl<S: From<crate::state_dir::KeeperReport> + Send + 'static> Keeper<S> {
    /// Writes what changed, where something has since that was written.
    pub(super) async fn write_events(
        &mut self,
        revision: u64,
        is_last: bool,
    ) -> Result<(), Failed> {
        if !self.is_due(EVENTS, revision, is_last) {
            return Ok(());
        }
        let began = Instant::now();
        let path = self.folder.path().join(EVENTS);
        let failed = |error| Failed::Disk(path.display().to_string(), error);
        let mut file = Replacement::begin(self.folder.path(), EVENTS).map_err(failed)?;
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Events, &mut out);
        let mut from = Some(0);
        while let Some(first) = from {
            let slice = self.events(first).await?;
            encoder.section(slice.tag, &slice.octets, &mut out);
            file.write(&out).map_err(failed)?;
            out.clear();
            from = slice.next;
        }
        encoder.end(&mut out);
        file.write(&out).map_err(failed)?;
        file.finish().map_err(failed)?;
        let again = Instant::now() + REST.max(began.elapsed() * SHARE);
        let written = Written { revision, again, standing: None };
        self.written.insert(EVENTS.to_owned(), written);
        self.note_written(EVENTS);
        Ok(())
    }
}
