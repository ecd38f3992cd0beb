//! Files of clusters, and beside them up to where each cluster was read.
//!
//! In: what there is to keep of a cluster. Out: its file, where what it keeps has changed; else the versions
//! of what it was read by now, which stand with the serials: a few octets a minute.
//! Does not know facts.

use std::collections::BTreeSet;

use super::{Failed, Keeper};
use crate::core::state::LaterVersions;
use crate::state_dir::file_of;
use crate::state_dir::report::KeeperReport;
use crate::state_dir::requests::{ClusterSurvey, FileContent, Survey};

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
        if self.is_due(&name, mark.revision, is_last) {
            let content = FileContent::Cluster(mark.name.clone());
            let written = self.write_content(&name, mark.revision, content, Some(head)).await?;
            if let Some(file) = written {
                let (cluster, versions) = (mark.name.clone(), versions.clone());
                self.later.insert(mark.name.clone(), LaterVersions { cluster, file, versions });
            }
        } else if self.written.get(&name).is_some_and(|it| it.revision == mark.revision)
            && let Some(later) = self.later.get_mut(&mark.name)
        {
            later.follow(versions);
        }
        Ok(())
    }

    /// Up to where the registered clusters were read since their files were written.
    pub(super) fn later_versions(&mut self, survey: &Survey) -> Vec<LaterVersions> {
        let names: BTreeSet<_> = survey.clusters.iter().map(|it| &it.mark.name).collect();
        self.later.retain(|name, _| names.contains(name));
        self.later.values().cloned().collect()
    }
}
