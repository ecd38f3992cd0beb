//! Files of clusters, and beside them up to where each cluster was read.
//!
//! In: what there is to keep of a cluster. Out: its file, where what it keeps has changed, or a part that is
//! added behind it; else the versions of what it was read by now, which stand with the serials: a few octets
//! a minute.
//! Does not know facts.

use std::collections::BTreeSet;
use std::{fs, io};

use tokio::time::Instant;

use super::{Failed, HEARTBEAT, Keeper, REST, Standing, Written};
use crate::core::complaint::Flaw;
use crate::core::state::{LaterVersions, Mark, ResourceVersion};
use crate::state_dir::disk::append;
use crate::state_dir::report::KeeperReport;
use crate::state_dir::requests::{ClusterSurvey, FileContent, Survey};
use crate::state_dir::{complaint, file_of, journal};

impl<S: From<KeeperReport> + Send + 'static> Keeper<S> {
    /// Writes a cluster's file where what it keeps has changed. Where it has not, up to where the
    /// cluster was read is noted beside it: the facts that stand there are as new as that.
    pub(super) async fn write_cluster(
        &mut self,
        cluster: &ClusterSurvey,
        is_last: bool,
    ) -> Result<(), Failed> {
        let ClusterSurvey { mark, head, versions } = cluster;
        let name = file_of(&mark.name);
        let Some(head) = head.as_ref().filter(|_| mark.is_read) else { return Ok(()) };
        // What is being read anew is written when that is over, and not on the way there as well, unless it
        // takes long.
        if mark.as_of.is_some() && !is_last && self.began.elapsed() < HEARTBEAT {
            return Ok(());
        }
        if self.is_due(&name, mark.revision, is_last) {
            let mut written = self.add_part(&name, mark).await?;
            if written.is_none() {
                // From here on changes are those behind this copy, whatever becomes of it.
                self.written.get_mut(&name).into_iter().for_each(|it| it.standing = None);
                let content = FileContent::Cluster(mark.name.clone(), mark.revision);
                let standing =
                    self.write_content(&name, mark.revision, content, Some(head)).await?;
                written = standing.map(|it| (it.checksum, versions.clone()));
            }
            if let Some((file, versions)) = written {
                let cluster = mark.name.clone();
                self.later.insert(mark.name.clone(), LaterVersions { cluster, file, versions });
            }
        } else if self.written.get(&name).is_some_and(|it| it.revision == mark.revision)
            && let Some(later) = self.later.get_mut(&mark.name)
        {
            later.follow(versions);
        }
        Ok(())
    }

    /// Adds what has changed of a cluster behind its file, where that is known and is less than to write
    /// the file anew: then its checksum, and up to where the cluster was read.
    async fn add_part(
        &mut self,
        name: &str,
        mark: &Mark,
    ) -> Result<Option<(u32, Vec<ResourceVersion>)>, Failed> {
        let standing = self.written.get(name).and_then(|it| it.standing);
        let Some(standing) = standing else { return Ok(None) };
        let Some(part) = self.part(&mark.name).await? else { return Ok(None) };
        let (revision, versions, mut out) = (part.revision, part.versions.clone(), Vec::new());
        let checksum = part.write(standing.checksum, &mut out);
        let added = standing.added + out.len() as u64;
        if added > standing.whole / 2 {
            return Ok(None);
        }
        let path = self.folder.path().join(journal(name));
        if let Err(error) = append(&path, &out) {
            // Nobody knows what stands there now.
            self.written.remove(name);
            return Err(Failed::Disk(path.display().to_string(), error));
        }
        let (again, standing) = (Instant::now() + REST, Standing { added, checksum, ..standing });
        let written = Written { revision, again, standing: Some(standing) };
        self.written.insert(name.to_owned(), written);
        self.note_written(name);
        Ok(Some((checksum, versions)))
    }

    /// Takes away what was added behind a file that is replaced now; gives whether it is gone. It is none of
    /// the new file's, and knows it; but where it stays nothing is added: it would only grow.
    pub(super) fn take_parts_away(&mut self, name: &str) -> bool {
        let path = self.folder.path().join(journal(name));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let flaw = Flaw::StateFileStays(error.to_string().into());
                self.stuck.insert(name.to_owned(), complaint(None, &path, flaw));
                false
            }
            _ => {
                self.stuck.remove(name);
                true
            }
        }
    }

    /// Tries once more to take away what could not be.
    pub(super) fn try_stuck(&mut self, survey: &Survey) {
        let names: BTreeSet<_> = survey.clusters.iter().map(|it| file_of(&it.mark.name)).collect();
        self.stuck.retain(|name, _| names.contains(name));
        let stuck: Vec<_> = self.stuck.keys().cloned().collect();
        stuck.iter().for_each(|name| _ = self.take_parts_away(name));
    }

    /// Up to where the registered clusters were read since their files were written.
    pub(super) fn later_versions(&mut self, survey: &Survey) -> Vec<LaterVersions> {
        let names: BTreeSet<_> = survey.clusters.iter().map(|it| &it.mark.name).collect();
        self.later.retain(|name, _| names.contains(name));
        self.later.values().cloned().collect()
    }
}
