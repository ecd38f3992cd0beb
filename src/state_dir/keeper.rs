//! The keeper: writes what has changed, in the background.
//!
//! In: slices of ground state, asked for one after the other. Out: files, and a report for whoever
//! shows complaints and counts. It writes only while it has the folder's lock, and tries again by
//! itself where it can not. A file is as its slices were when each was copied: what changes behind
//! the copying makes it dirty again. Does not know facts.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::complaint::{Complaint, Flaw};
use crate::core::state::{Cursor, Serials, Slice};
use crate::core::state_file::{Encoder, Kind};

use super::ask::{Ask, Part, Survey};
use super::disk::{Replacement, remove_unfinished};
use super::lock::{Folder, Hold};
use super::registrations::Registrations;
use super::{REGISTRATIONS, SERIALS, SERVICES, complaint, file_of, former};

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
/// How soon writing is tried again after it failed: at first, and at last.
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(300)];

/// What the keeper tells of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What is wrong with the folder and its files now.
    pub complaints: Vec<Complaint>,
    /// Files written since the start.
    pub writes: u64,
    /// Of those that were to be written, how many could not be.
    pub failures: u64,
    /// When one was written last, in unix seconds.
    pub written_at: Option<u64>,
    /// How often the folder was taken over from another process.
    pub takeovers: u64,
}

/// Keeps the state folder.
#[derive(Debug)]
pub struct Keeper<S> {
    folder: Folder,
    asks: mpsc::Sender<Ask>,
    news: watch::Receiver<u64>,
    reports: mpsc::Sender<S>,
    clock: Clock,
    /// Whether no other process has the folder.
    held: watch::Sender<bool>,
    /// The revision of what was written of each file, and when it may be written again.
    written: HashMap<String, (u64, Instant)>,
    serials: Serials,
    serials_at: Option<Instant>,
    /// As they stand in the folder, as far as that is known.
    registrations: Option<Registrations>,
    /// Files that could not be used at the start, until they are replaced.
    refused: Vec<(String, Complaint)>,
    hold: Hold,
    /// Why writing failed, how long to rest after it, and until when.
    trouble: Option<(String, Duration, Instant)>,
    looked_at: Option<Instant>,
    due: Instant,
    report: Report,
    told: Report,
}

/// Writing that did not come to its end.
enum Failed {
    Disk(String, io::Error),
    /// Nobody answers: the process is ending.
    Nobody,
}

impl<S: From<Report> + Send + 'static> Keeper<S> {
    /// A keeper of a folder. `start` is what ground state was after it was restored from there:
    /// that need not be written again. `refused` are files that could not be used. `held` is told
    /// when no other process has the folder any more.
    pub fn new(
        mut folder: Folder,
        (asks, news): (mpsc::Sender<Ask>, watch::Receiver<u64>),
        reports: mpsc::Sender<S>,
        (clock, held): (Clock, watch::Sender<bool>),
        (start, refused): (&Survey, Vec<(String, Complaint)>),
    ) -> Self {
        let now = Instant::now();
        let restored = start.clusters.iter().filter(|(mark, _)| mark.as_of.is_some());
        let restored = restored.map(|(mark, _)| (file_of(&mark.name), (mark.revision, now)));
        let services = (SERVICES.to_owned(), (start.services, now));
        let hold = folder.take();
        Self {
            written: restored.chain([services]).collect(),
            folder,
            asks,
            news,
            reports,
            clock,
            held,
            serials: Serials::default(),
            serials_at: None,
            registrations: Some(start.registrations.clone()),
            refused,
            hold,
            trouble: None,
            looked_at: None,
            due: now,
            report: Report::default(),
            told: Report::default(),
        }
    }

    /// Keeps the folder until `stop`, and what is not written then at once.
    pub async fn run(mut self, stop: CancellationToken) {
        if self.folder.is_ours() {
            remove_unfinished(self.folder.path());
        } else if self.hold == Hold::Theirs {
            let path = self.folder.path().display();
            tracing::info!("{path}: another process keeps its state there; waiting for its end");
        }
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
            () = sleep_until(self.due) => {}
            Ok(()) = self.news.changed() => {
                sleep_until(self.due.min(Instant::now() + GATHER)).await;
            }
        }
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
                (self.serials_at, self.registrations) = (None, None);
                self.report.takeovers += u64::from(before == Hold::Theirs);
                self.held.send_replace(true);
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
        if let Some((_, _, until)) = self.trouble.as_ref().filter(|it| it.2 > now && !is_last) {
            self.due = *until;
            return Ok(());
        }
        let survey = self.survey().await?;
        let done = self.write_all(&survey, is_last).await;
        match &done {
            Ok(()) => self.trouble = None,
            Err(Failed::Nobody) => {}
            Err(Failed::Disk(what, error)) => {
                self.report.failures += 1;
                let rest = self.trouble.as_ref().map_or(RETRY[0], |it| (it.1 * 2).min(RETRY[1]));
                let until = Instant::now() + rest;
                self.trouble = Some((format!("{what} can not be written: {error}"), rest, until));
                self.due = until;
            }
        }
        if self.looked_at.is_none_or(|at| at.elapsed() >= former::EVERY) {
            self.looked_at = Some(now);
            let names = survey.clusters.iter().map(|(mark, _)| file_of(&mark.name));
            former::look(self.folder.path(), &names.collect());
        }
        done
    }

    async fn write_all(&mut self, survey: &Survey, is_last: bool) -> Result<(), Failed> {
        for (mark, head) in &survey.clusters {
            let name = file_of(&mark.name);
            let Some(head) = head.as_ref().filter(|_| mark.is_read) else { continue };
            if self.is_due(&name, mark.revision, is_last) {
                let part = Part::Cluster(mark.name.clone());
                self.write_part(&name, mark.revision, part, Some(head)).await?;
            }
        }
        if self.is_due(SERVICES, survey.services, is_last) {
            self.write_part(SERVICES, survey.services, Part::Services, None).await?;
        }
        self.write_registrations(&survey.registrations)?;
        self.write_serials(&survey.serials, is_last)
    }

    /// At once: they change rarely, and are few.
    fn write_registrations(&mut self, now: &Registrations) -> Result<(), Failed> {
        if self.registrations.as_ref() == Some(now) {
            return Ok(());
        }
        self.replace(REGISTRATIONS, &now.write())?;
        self.registrations = Some(now.clone());
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
        let Some((written, again)) = self.written.get(name) else { return true };
        let is_dirty = *written != revision;
        if is_dirty && *again > Instant::now() && !is_last {
            self.due = self.due.min(*again);
            return false;
        }
        is_dirty
    }

    async fn write_part(
        &mut self,
        name: &str,
        revision: u64,
        part: Part,
        head: Option<&Slice>,
    ) -> Result<(), Failed> {
        let began = Instant::now();
        let path = self.folder.path().join(name);
        let failed = |error| Failed::Disk(path.display().to_string(), error);
        let mut out = Vec::new();
        let kind = if part == Part::Services { Kind::Services } else { Kind::Cluster };
        let mut encoder = Encoder::start(kind, &mut out);
        if let Some(head) = head {
            encoder.section(head.tag, &head.octets, &mut out);
        }
        let mut file = Replacement::begin(self.folder.path(), name).map_err(failed)?;
        let mut cursor = None;
        loop {
            // A cluster that is not registered any more is not kept any more.
            let Some(mut slice) = self.slice(part.clone(), cursor).await? else { return Ok(()) };
            slice.settle();
            encoder.section(slice.tag, &slice.octets, &mut out);
            file.write(&out).map_err(failed)?;
            out.clear();
            cursor = slice.next;
            if cursor.is_none() {
                break;
            }
        }
        encoder.end(&mut out);
        file.write(&out).map_err(failed)?;
        let octets = file.finish().map_err(failed)?;
        let (shown, taken) = (path.display(), began.elapsed());
        tracing::debug!("{shown}: {octets} octets written in {taken:.1?}");
        let again = Instant::now() + REST.max(taken * SHARE);
        self.written.insert(name.to_owned(), (revision, again));
        self.note_written(name);
        Ok(())
    }

    fn write_serials(&mut self, serials: &Serials, is_last: bool) -> Result<(), Failed> {
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
        (self.serials, self.serials_at) = (serials.clone(), Some(Instant::now()));
        Ok(())
    }

    fn note_written(&mut self, name: &str) {
        self.refused.retain(|(refused, _)| refused != name);
        self.report.writes += 1;
        self.report.written_at = Some(self.clock.unix_seconds());
    }

    async fn survey(&self) -> Result<Survey, Failed> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Survey(reply)).await.map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }

    async fn slice(&self, part: Part, cursor: Option<Cursor>) -> Result<Option<Slice>, Failed> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Slice(part, cursor, reply)).await.map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }

    /// Tells how it goes, where that has changed.
    async fn tell(&mut self, stop: &CancellationToken) {
        let path = self.folder.path();
        let own = match (&self.hold, &self.trouble) {
            (Hold::Theirs, _) => Some(Flaw::StateFolderTaken),
            (Hold::Unusable(why), _) => Some(Flaw::StateNotKept(why.as_str().into())),
            (Hold::Ours, Some((why, ..))) => Some(Flaw::StateNotKept(why.as_str().into())),
            (Hold::Ours, None) => None,
        };
        let own = own.map(|flaw| complaint(None, path, flaw));
        let refused = self.refused.iter().map(|(_, complaint)| complaint.clone());
        self.report.complaints = own.into_iter().chain(refused).collect();
        if self.report != self.told {
            self.told = self.report.clone();
            let sending = self.reports.send(self.report.clone().into());
            // Nobody receives when the process is ending, and then nobody asks.
            _ = stop.run_until_cancelled(sending).await;
        }
    }
}
