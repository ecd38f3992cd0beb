//! Files of clusters that are not registered any more.
//!
//! In: the files of those that are. Out: the others are marked when they are first seen so, and
//! removed a week later: a cluster that comes back within that time is known at once.
//! Does not know what they hold.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{journal, previous};

/// How often the folder is looked at.
pub(super) const EVERY: Duration = Duration::from_secs(3600);
/// How long the files of a cluster stay that is not registered any more.
const STAY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Looks at the folder once. What can not be done is done at the next look.
pub(super) fn look(folder: &Path, registered: &BTreeSet<String>) {
    let names = fs::read_dir(folder).into_iter().flatten().flatten();
    let file_of = |name: &str| {
        let (stem, _) = name.split_once(".state")?;
        stem.starts_with("cluster-").then(|| format!("{stem}.state"))
    };
    // A cluster has several files, and is looked at once.
    let files: BTreeSet<String> =
        names.filter_map(|entry| file_of(entry.file_name().to_str()?)).collect();
    for file in files {
        let mark = folder.join(format!("{file}.unregistered"));
        if registered.contains(&file) {
            if mark.exists() {
                _ = fs::remove_file(&mark);
            }
            continue;
        }
        let Ok(marked) = fs::metadata(&mark).and_then(|it| it.modified()) else {
            _ = File::create(&mark);
            continue;
        };
        if SystemTime::now().duration_since(marked).is_ok_and(|age| age >= STAY) {
            tracing::info!("{}: removed, not registered for a week", folder.join(&file).display());
            _ = fs::remove_file(folder.join(&file));
            _ = fs::remove_file(folder.join(previous(&file)));
            _ = fs::remove_file(folder.join(journal(&file)));
            _ = fs::remove_file(&mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_unknown_clusters_go_after_a_week_and_not_before() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        for name in ["cluster-a.state", "cluster-b.state", "cluster-b.state.previous"] {
            fs::write(at(name), "").expect("room");
        }
        let registered = BTreeSet::from(["cluster-a.state".to_owned()]);
        look(root.path(), &registered);
        let mark = at("cluster-b.state.unregistered");
        assert!(mark.exists() && at("cluster-b.state").exists());
        // It comes back, and goes again.
        look(root.path(), &BTreeSet::from(["a", "b"].map(|it| format!("cluster-{it}.state"))));
        assert!(!mark.exists());
        look(root.path(), &registered);
        let old = SystemTime::now() - STAY;
        File::options().write(true).open(&mark).expect("the mark").set_modified(old).expect("ours");
        look(root.path(), &registered);
        let left: Vec<_> = fs::read_dir(root.path()).expect("the folder").flatten().collect();
        assert_eq!(left.len(), 1);
        assert!(at("cluster-a.state").exists());
    }
}
