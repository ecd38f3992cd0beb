//! The state folder: the last known good state of everything, kept across restarts.
//!
//! In: ground state, handed out in slices. Out: a file a cluster, one of what is kept by service,
//! one of what changed and when, one of serials, one of what registries told; and what they hold, read
//! back at the next start. One process writes: the one that has the folder's lock. Another one reads at its start, serves, and waits for the lock, so
//! that an upgrade runs beside what it replaces. Does not know what facts mean or who answers.

mod registrations;
mod report;
mod requests;
mod disk;
mod overrides;
mod lock;
mod read;
mod former;
mod trouble;
mod keeper;

use std::path::Path;

use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::name::Label;

pub use keeper::{Keeper, KeeperStart};
pub use lock::{Folder, Hold};
pub use overrides::{keep_overrides, kept_overrides};
pub use read::{Found, FoundRegistrations, RefusedFile, read, registrations};
pub use registrations::{Registration, Registrations};
pub use report::KeeperReport;
pub use requests::{ClusterSurvey, FileContent, KeeperRequest, StateAccess, Survey};

/// The file of what is kept by service.
const SERVICES: &str = "services.state";
/// The file of what changed, and when.
const EVENTS: &str = "events.state";
/// The file of serials.
const SERIALS: &str = "serials.state";

/// The file of what registries have registered.
const REGISTRATIONS: &str = "registrations.state";

/// The name of a cluster's file. A label is a good file name everywhere.
fn file_of(cluster: &Label) -> String {
    format!("cluster-{cluster}.state")
}

/// The name under which the file before this one is kept.
fn previous(name: &str) -> String {
    format!("{name}.previous")
}

/// The name of what was added behind a file.
fn journal(name: &str) -> String {
    format!("{name}.journal")
}

/// A complaint about a file of the folder, or the folder itself.
fn complaint(cluster: Option<&Label>, path: &Path, flaw: Flaw) -> Complaint {
    let subject = Subject::State(path.display().to_string().into());
    Complaint { cluster: cluster.cloned(), subject, flaw }
}
