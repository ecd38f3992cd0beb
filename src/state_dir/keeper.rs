//! The keeper: writes what has changed, in the background.
//!
//! In: slices of ground state, asked for one after the other. Out: files, and a report for whoever
//! shows complaints and counts. It writes only while it has the folder's lock, and tries again by
//! itself where it can not. A file is as its slices were when each was copied: what changes behind
//! the copying makes it dirty again. Does not know facts.

mod questions;
mod clusters;
mod events;
mod telling;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::complaint::Complaint;
use crate::core::name::Label;
use crate::core::state::{LaterVersions, Serials, Slice};
use crate::core::state_file::{Encoder, Kind};

use super::disk::{Replacement, remove_unfinished};
use super::lock::{Folder, Hold};
use super::read::RefusedFile;
use super::registrations::Registrations;
use super::report::KeeperReport;
use super::requests::{FileContent, StateAccess, Survey};
use super::trouble::Trouble;
use super::{REGISTRATIONS, SERIALS, SERVICES, file_of, former};

/// One file is written no more often than this.
const REST: Duration = Duration::from_secs(10);
/// Nor does writing it take more than one part in so many of the time.
const SHARE: u32 = 50;
/// News is gathered for so long.
const GATHER: Duration = Duration::from_millis(200);
/// How often the serials' file is written where nothing changes: it says that clusters were heard.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// How often a lock that another process has is tried.
const KNOCK: Duration = Duration::from_millis(200);

/// Keeps the state folder.
#[derive(Debug)]
pub struct Keeper<S> {
    folder: Folder,
    access: StateAccess,
    registrations: watch::Receiver<Registrations>,
    reports: mpsc::Sender<S>,
    clock: Clock,
    /// Whether no other process has the folder.
    is_alone: watch::Sender<bool>,
    written: HashMap<String, Written>,
    serials: Serials,
    /// Up to where clusters were read of whose files nothing has changed since.
    later: BTreeMap<Label, LaterVersions>,
    serials_at: Option<Instant>,
    /// As they stand in the folder, as far as that is known.
    written_registrations: Option<Registrations>,
    /// Files that could not be used at the start, until they are replaced.
    refused: Vec<RefusedFile>,
    /// What stands behind files that were replaced and could not be taken away, by the name of the file.
    stuck: BTreeMap<String, Complaint>,
    hold: Hold,
    trouble: Option<Trouble>,
    looked_at: Option<Instant>,
    due: Instant,
    report: KeeperReport,
    told: KeeperReport,
    began: Instant,
    /// Whether it is to end.
    stop: CancellationToken,
}

/// What a keeper starts from.
#[derive(Debug)]
pub struct KeeperStart {
    /// What ground state was after it was restored from the folder: that need not be written again.
    pub survey: Survey,
    /// What registries have told: at first as it stands in the folder, and later as it is to.
    pub registrations: watch::Receiver<Registrations>,
    /// Up to where clusters were read since their files were written.
    pub later: Vec<LaterVersions>,
    /// Files that could not be used.
    pub refused: Vec<RefusedFile>,
}

/// What was written of a file.
#[derive(Clone, Copy, Debug)]
struct Written {
    /// The revision of what it holds.
    revision: u64,
    /// When it may be written again.
    again: Instant,
    /// What stands there, where this process wrote it.
    standing: Option<Standing>,
}

/// What stands in the folder of a cluster.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// Octets of its file.
    whole: u64,
    /// Octets that were added behind that.
    added: u64,
    /// The checksum of the last of it.
    checksum: u32,
}

/// Writing that did not come to its end.
enum Failed {
    Disk(String, io::Error),
    /// Nobody answers: the process is ending.
    Nobody,
}

impl<S: From<KeeperReport> + Send + 'static> Keeper<S> {
    /// A keeper of a folder, which tells of itself in `reports`.
    pub fn new(
        mut folder: Folder,
        start: KeeperStart,
        access: StateAccess,
        reports: mpsc::Sender<S>,
        clock: Clock,
    ) -> Self {
        let now = Instant::now();
        let KeeperStart { survey, registrations, later, refused } = start;
        let written = |revision| Written { revision, again: now, standing: None };
        let restored = survey.clusters.iter().map(|it| &it.mark);
        let restored = restored.filter(|mark| mark.as_of.is_some());
        let restored = restored.map(|mark| (file_of(&mark.name), written(mark.revision)));
        let services = (SERVICES.to_owned(), written(survey.services));
        let written_registrations = Some(registrations.borrow().clone());
        let hold = folder.take();
        Self {
            written: restored.chain([services]).collect(),
            folder,
            access,
            registrations,
            reports,
            clock,
            is_alone: watch::Sender::new(hold != Hold::Theirs),
            serials: Serials::default(),
            later: later.into_iter().map(|it| (it.cluster.clone(), it)).collect(),
            serials_at: None,
            written_registrations,
            refused,
            stuck: BTreeMap::new(),
            hold,
            trouble: None,
            looked_at: None,
            due: now,
            report: KeeperReport::default(),
            told: KeeperReport::default(),
            began: now,
            stop: CancellationToken::new(),
        }
    }

    /// Whether no other process has the folder any more.
    pub fn is_alone(&self) -> watch::Receiver<bool> {
        self.is_alone.subscribe()
    }

    /// Keeps the folder until `stop`, and what is not written then at once.
    pub async fn run(mut self, stop: CancellationToken) {
        self.stop = stop.clone();
        if self.folder.is_ours() {
            remove_unfinished(self.folder.path());
        } else if self.hold == Hold::Theirs {
            let path = self.folder.path().display();
            tracing::info!("{path}: another process keeps its state there; waiting for its end");
        }
        // What could not be used is told before it is replaced.
        self.tell(&stop).await;
        loop {
            if stop.run_until_cancelled(self.wait()).await.is_none() {
                break;
            }
            if self.hold() {
                _ = self.round(false).await;
            }
            self.tell(&stop).await;
        }
        // The owner of ground state answers until this ends.
        if self.folder.is_ours() && self.round(true).await.is_ok() {
            tracing::debug!("{}: all is kept", self.folder.path().display());
        }
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) {
        tokio::select! {
            () = sleep_until(self.due) => return,
            Ok(()) = self.access.revisions.changed() => {}
            Ok(()) = self.registrations.changed() => {}
        }
        sleep_until(self.due.min(Instant::now() + GATHER)).await;
    }

    /// Whether this process may write, now that it has tried.
    fn hold(&mut self) -> bool {
        if self.folder.is_ours() {
            return true;
        }
        let before = std::mem::replace(&mut self.hold, self.folder.take());
        let path = self.folder.path().display();
        match &self.hold {
            Hold::Ours => {
                tracing::info!("{path}: this process keeps its state there from now on");
                remove_unfinished(self.folder.path());
                // Whatever the other one has written is older than what is known here.
                self.written.clear();
                self.later.clear();
                self.stuck.clear();
                (self.serials_at, self.written_registrations) = (None, None);
                self.report.takeovers += u64::from(before == Hold::Theirs);
                self.is_alone.send_replace(true);
                true
            }
            Hold::Theirs | Hold::Unusable(_) => {
                let is_theirs = self.hold == Hold::Theirs;
                self.due = Instant::now() + if is_theirs { KNOCK } else { REST };
                false
            }
        }
    }

    /// Writes what has changed and may be written; at the end, whatever has changed.
    async fn round(&mut self, is_last: bool) -> Result<(), Failed> {
        let now = Instant::now();
        self.due = now + HEARTBEAT;
        if let Some(trouble) = self.trouble.as_ref().filter(|it| it.until > now && !is_last) {
            self.due = trouble.until;
            return Ok(());
        }
        let survey = self.survey().await?;
        let done = self.write_all(&survey, is_last).await;
        match &done {
            Ok(()) => self.trouble = None,
            Err(Failed::Nobody) => {}
            Err(Failed::Disk(what, error)) => {
                self.report.failures += 1;
                let why = format!("{what} can not be written: {error}");
                let trouble = Trouble::after(self.trouble.as_ref(), why);
                self.due = trouble.until;
                self.trouble = Some(trouble);
            }
        }
        if self.looked_at.is_none_or(|at| at.elapsed() >= former::EVERY) {
            self.looked_at = Some(now);
            let names = survey.clusters.iter().map(|it| file_of(&it.mark.name));
            former::look(self.folder.path(), &names.collect());
        }
        done
    }

    async fn write_all(&mut self, survey: &Survey, is_last: bool) -> Result<(), Failed> {
        self.try_stuck(survey);
        let mut failed = None;
        for cluster in &survey.clusters {
            // What is left is done by the last round.
            if !is_last && self.stop.is_cancelled() {
                return Ok(());
            }
            match self.write_cluster(cluster, is_last).await {
                // At the end the others are written all the same.
                Err(error @ Failed::Disk(..)) if is_last => failed = failed.or(Some(error)),
                done => done?,
            }
        }
        if self.is_due(SERVICES, survey.services, is_last) {
            let content = FileContent::Services;
            self.write_content(SERVICES, survey.services, content, None).await?;
        }
        self.write_events(survey.events, is_last).await?;
        self.write_registrations()?;
        let later_versions = self.later_versions(survey);
        self.write_serials(Serials { later_versions, ..survey.serials.clone() }, is_last)?;
        failed.map_or(Ok(()), Err)
    }

    /// At once: they change rarely, and are few.
    fn write_registrations(&mut self) -> Result<(), Failed> {
        let now = self.registrations.borrow_and_update().clone();
        if self.written_registrations.as_ref() != Some(&now) {
            self.replace(REGISTRATIONS, &now.write())?;
            self.written_registrations = Some(now);
        }
        Ok(())
    }

    /// Writes a small file as a whole.
    fn replace(&mut self, name: &str, octets: &[u8]) -> Result<(), Failed> {
        let folder = self.folder.path();
        let write = || {
            let mut file = Replacement::begin(folder, name)?;
            file.write(octets)?;
            file.finish()
        };
        let failed = |error| Failed::Disk(folder.join(name).display().to_string(), error);
        write().map_err(failed)?;
        self.note_written(name);
        Ok(())
    }

    /// Whether a file is to be written now. One that must wait is looked at again in time.
    fn is_due(&mut self, name: &str, revision: u64, is_last: bool) -> bool {
        let Some(written) = self.written.get(name) else { return true };
        let is_dirty = written.revision != revision;
        if is_dirty && written.again > Instant::now() && !is_last {
            self.due = self.due.min(written.again);
            return false;
        }
        is_dirty
    }

    /// Writes a file; gives what stands there now, or `None` where there is nothing to keep any more.
    async fn write_content(
        &mut self,
        name: &str,
        revision: u64,
        content: FileContent,
        head: Option<&Slice>,
    ) -> Result<Option<Standing>, Failed> {
        let began = Instant::now();
        let path = self.folder.path().join(name);
        let failed = |error| Failed::Disk(path.display().to_string(), error);
        let mut out = Vec::new();
        let kind = match content {
            FileContent::Services => Kind::Services,
            FileContent::Cluster(..) => Kind::Cluster,
        };
        let mut encoder = Encoder::start(kind, &mut out);
        if let Some(head) = head {
            encoder.section(head.tag, &head.octets, &mut out);
        }
        let mut file = Replacement::begin(self.folder.path(), name).map_err(failed)?;
        let mut cursor = None;
        loop {
            // A cluster that is not registered any more is not kept any more.
            let Some(mut slice) = self.slice(content.clone(), cursor).await? else {
                return Ok(None);
            };
            slice.settle();
            encoder.section(slice.tag, &slice.octets, &mut out);
            file.write(&out).map_err(failed)?;
            out.clear();
            cursor = slice.next;
            if cursor.is_none() {
                break;
            }
        }
        let checksum = encoder.end(&mut out);
        file.write(&out).map_err(failed)?;
        let octets = file.finish().map_err(failed)?;
        let is_alone = self.take_parts_away(name);
        let standing = Standing { whole: octets, added: 0, checksum };
        let (shown, taken) = (path.display(), began.elapsed());
        tracing::debug!("{shown}: {octets} octets written in {taken:.1?}");
        let again = Instant::now() + REST.max(taken * SHARE);
        let written = Written { revision, again, standing: is_alone.then_some(standing) };
        self.written.insert(name.to_owned(), written);
        self.note_written(name);
        Ok(Some(standing))
    }

    fn write_serials(&mut self, serials: Serials, is_last: bool) -> Result<(), Failed> {
        let age = self.serials_at.map(|at| at.elapsed());
        let has_stepped = serials.apexes != self.serials.apexes;
        let wanted = if has_stepped { REST } else { HEARTBEAT };
        if let Some(age) = age.filter(|age| *age < wanted && !is_last) {
            self.due = self.due.min(Instant::now() + (wanted - age));
            return Ok(());
        }
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Serials, &mut out);
        for (tag, octets) in serials.sections() {
            encoder.section(tag, &octets, &mut out);
        }
        encoder.end(&mut out);
        self.replace(SERIALS, &out)?;
        (self.serials, self.serials_at) = (serials, Some(Instant::now()));
        Ok(())
    }

    fn note_written(&mut self, name: &str) {
        self.refused.retain(|refused| refused.name != name);
        self.report.writes += 1;
        self.report.written_at = Some(self.clock.unix_seconds());
    }
}
