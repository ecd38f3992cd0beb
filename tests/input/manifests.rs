//! Manifest folders on a real disk: every way in which people and programs write files.
//!
//! Each test changes a folder by the system calls that the tool in its name makes, and waits on
//! the channel until the folder says what it holds now. Nothing sleeps for a fixed time to be
//! sure; where time passes, it passes for the writer.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedns::clusters::manifests::read::title;
use fedns::clusters::manifests::read_permits::ReadPermits;
use fedns::clusters::manifests::watch::watch;
use fedns::core::complaint::Subject;
use fedns::core::event::ClusterEvent;
use fedns::core::name::Label;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A folder under watch, and what it has said so far.
struct Lab {
    root: TempDir,
    events: mpsc::Receiver<(Label, ClusterEvent)>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
    /// Titles of objects by source.
    held: BTreeMap<u32, Vec<String>>,
    flaws: BTreeMap<Subject, Vec<&'static str>>,
    synced: Option<bool>,
    /// How often anything was listed.
    listed: usize,
}

/// Watches `lab` in a new folder, after `prepare` has had its way with that folder.
fn lab(prepare: impl FnOnce(&Path)) -> Lab {
    let root = tempfile::tempdir().expect("a folder");
    prepare(root.path());
    let (sender, events) = mpsc::channel(4);
    let cancel = CancellationToken::new();
    let label = Label::parse("lab").expect("a label");
    let task = tokio::spawn(watch(
        root.path().join("lab"),
        sender,
        label,
        ReadPermits::default(),
        cancel.clone(),
    ));
    let (held, flaws) = (BTreeMap::new(), BTreeMap::new());
    Lab { root, events, cancel, task, held, flaws, synced: None, listed: 0 }
}

/// The same with `lab/a.yaml` holding node `old`, and waits for it.
async fn old_lab() -> Lab {
    let mut lab = lab(|root| {
        fs::create_dir(root.join("lab")).expect("a new folder");
        fs::write(root.join("lab/a.yaml"), node("old")).expect("a new file");
    });
    lab.until_synced().await;
    assert_eq!(lab.objects(), ["Node old"]);
    lab
}

fn node(name: &str) -> String {
    format!("kind: Node\nmetadata:\n  name: {name}\n")
}

impl Lab {
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("lab").join(name)
    }

    fn objects(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.held.values().flatten().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    fn is_flawed(&self, kind: &str) -> bool {
        self.flaws.values().flatten().any(|flaw| *flaw == kind)
    }

    /// Waits for the next event.
    async fn next(&mut self) {
        let next = tokio::time::timeout(Duration::from_secs(20), self.events.recv()).await;
        let seen = (&self.held, &self.flaws, self.synced);
        let event = next.unwrap_or_else(|_| panic!("nothing more is said; so far {seen:?}"));
        match event.expect("the task goes on").1 {
            ClusterEvent::Listed(listings) => {
                self.listed += 1;
                for listing in listings {
                    let titles = listing.objects.iter().map(|object| title(object).into());
                    self.held.insert(listing.source.0, titles.collect());
                }
            }
            ClusterEvent::Flawed(subject, flaws) if flaws.is_empty() => {
                self.flaws.remove(&subject).expect("what is taken back was said");
            }
            ClusterEvent::Flawed(subject, flaws) => {
                self.flaws.insert(subject, flaws.iter().map(|flaw| flaw.kind()).collect());
            }
            ClusterEvent::Synced { is_complete } => self.synced = Some(is_complete),
            other => panic!("a folder does not say {other:?}"),
        }
    }

    /// Waits until the folder holds these, and complains of nothing.
    async fn until(&mut self, objects: &[&str]) {
        while self.objects() != objects || !self.flaws.is_empty() {
            self.next().await;
        }
    }

    /// The same; on the way there it may never hold anything else than before.
    async fn straight_to(&mut self, objects: &[&str]) {
        let before: Vec<String> = self.objects().into_iter().map(String::from).collect();
        while self.objects() != objects || !self.flaws.is_empty() {
            self.next().await;
            let now = self.objects();
            assert!(now == objects || now == before, "{now:?} between {before:?} and {objects:?}");
        }
    }

    async fn until_flawed(&mut self, kind: &str) {
        while !self.is_flawed(kind) {
            self.next().await;
        }
    }

    async fn until_synced(&mut self) {
        while self.synced != Some(true) {
            self.next().await;
        }
    }

    /// The task ends when it is told to.
    async fn end(self) {
        self.cancel.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(20), self.task).await;
        ended.expect("it ends soon").expect("it does not panic");
    }
}

#[tokio::test]
async fn a_new_file_and_a_removed_one() {
    let mut lab = old_lab().await;
    fs::write(lab.path("b.json"), r#"{"kind":"Node","metadata":{"name":"b"}}"#).expect("written");
    lab.straight_to(&["Node b", "Node old"]).await;
    fs::remove_file(lab.path("a.yaml")).expect("removed");
    lab.straight_to(&["Node b"]).await;
    lab.end().await;
}

#[tokio::test]
async fn cp_over_a_file() {
    let mut lab = old_lab().await;
    let mut file = OpenOptions::new().write(true).truncate(true).open(lab.path("a.yaml"));
    let file = file.as_mut().expect("opened");
    file.write_all(node("new").as_bytes()).expect("written");
    file.sync_all().expect("synced");
    // Not closed: it counts after 200 ms without a change.
    lab.straight_to(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn mv_into_place() {
    let mut lab = old_lab().await;
    let outside = lab.root.path().join("new.yaml");
    fs::write(&outside, node("new")).expect("written");
    fs::rename(&outside, lab.path("a.yaml")).expect("renamed");
    lab.straight_to(&["Node new"]).await;
    fs::rename(lab.path("a.yaml"), lab.path("b.yaml")).expect("renamed");
    // Under its new name the object stands in another source.
    while lab.held.len() < 2 {
        lab.next().await;
        assert_eq!(lab.objects(), ["Node new"]);
    }
    lab.end().await;
}

#[tokio::test]
async fn sed_in_place() {
    let mut lab = old_lab().await;
    // sed -i writes a file of an odd name beside it and renames that over it.
    let odd = lab.path("sedXy12Z3");
    fs::write(&odd, node("new")).expect("written");
    fs::rename(&odd, lab.path("a.yaml")).expect("renamed");
    lab.until(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn vim_writes_with_a_backup() {
    let mut lab = old_lab().await;
    File::create(lab.path(".a.yaml.swp")).expect("created");
    File::create(lab.path("4913")).expect("created");
    fs::remove_file(lab.path("4913")).expect("removed");
    fs::rename(lab.path("a.yaml"), lab.path("a.yaml~")).expect("renamed");
    tokio::time::sleep(Duration::from_millis(60)).await;
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    fs::remove_file(lab.path("a.yaml~")).expect("removed");
    fs::remove_file(lab.path(".a.yaml.swp")).expect("removed");
    lab.straight_to(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn emacs_locks_and_saves_itself() {
    let mut lab = old_lab().await;
    symlink("me@host.1234:1", lab.path(".#a.yaml")).expect("linked");
    fs::write(lab.path("#a.yaml#"), "kind: [").expect("written");
    fs::rename(lab.path("a.yaml"), lab.path("a.yaml~")).expect("renamed");
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    lab.straight_to(&["Node new"]).await;
    fs::remove_file(lab.path("#a.yaml#")).expect("removed");
    fs::remove_file(lab.path(".#a.yaml")).expect("removed");
    fs::write(lab.path("a.yaml"), node("newer")).expect("written");
    lab.straight_to(&["Node newer"]).await;
    lab.end().await;
}

#[tokio::test]
async fn kubectl_redirected_writes_slowly() {
    let mut lab = old_lab().await;
    let mut file = File::create(lab.path("a.yaml")).expect("truncated");
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Each part reads as a shorter list; none may be taken for a fact.
    file.write_all(b"kind: List\nitems:\n").expect("written");
    for name in ["a", "b", "c", "d"] {
        writeln!(file, "- kind: Node\n  metadata: {{name: {name}}}").expect("written");
        tokio::time::sleep(Duration::from_millis(80)).await;
    }
    drop(file);
    lab.straight_to(&["Node a", "Node b", "Node c", "Node d"]).await;
    lab.end().await;
}

#[tokio::test]
async fn a_file_left_empty_keeps_its_content() {
    let mut lab = old_lab().await;
    File::create(lab.path("a.yaml")).expect("truncated");
    lab.until_flawed("file_unfinished").await;
    assert_eq!(lab.objects(), ["Node old"]);
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    lab.straight_to(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn a_broken_file_keeps_its_content() {
    let mut lab = old_lab().await;
    fs::write(lab.path("a.yaml"), "kind: [\n").expect("written");
    lab.until_flawed("file_unreadable").await;
    assert_eq!(lab.objects(), ["Node old"]);
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    lab.straight_to(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn a_config_map_swaps_its_links() {
    let publish = |root: &Path, version: &str, names: &[&str]| {
        let folder = root.join("lab");
        fs::create_dir(folder.join(version)).expect("a new folder");
        for name in names {
            let text = node(&format!("{name}-{}", version.trim_start_matches('.')));
            fs::write(folder.join(version).join(name), text).expect("written");
        }
        symlink(version, folder.join("..data_tmp")).expect("linked");
        fs::rename(folder.join("..data_tmp"), folder.join("..data")).expect("renamed");
    };
    let mut lab = lab(|root| {
        fs::create_dir(root.join("lab")).expect("a new folder");
        publish(root, "..v1", &["x", "y"]);
        symlink("..data/x", root.join("lab/x")).expect("linked");
        symlink("..data/y", root.join("lab/y")).expect("linked");
    });
    lab.until_synced().await;
    assert_eq!(lab.objects(), ["Node x-v1", "Node y-v1"]);
    let before = lab.listed;
    publish(lab.root.path(), "..v2", &["x", "y"]);
    fs::remove_dir_all(lab.path("..v1")).expect("removed");
    lab.straight_to(&["Node x-v2", "Node y-v2"]).await;
    assert_eq!(lab.listed, before + 1, "both in one event");
    lab.end().await;
}

#[tokio::test]
async fn the_folder_is_a_link_that_is_swapped() {
    let publish = |root: &Path, version: &str| {
        fs::create_dir(root.join(version)).expect("a new folder");
        fs::write(root.join(version).join("a"), node(version)).expect("written");
        symlink(version, root.join("tmp")).expect("linked");
        fs::rename(root.join("tmp"), root.join("lab")).expect("renamed");
    };
    let mut lab = lab(|root| publish(root, "v1"));
    lab.until_synced().await;
    publish(lab.root.path(), "v2");
    lab.straight_to(&["Node v2"]).await;
    // It is the new folder that is listened to now.
    fs::write(lab.root.path().join("v2/a"), node("v3")).expect("written");
    lab.straight_to(&["Node v3"]).await;
    lab.end().await;
}

#[tokio::test]
async fn a_folder_removed_and_made_again() {
    let mut lab = old_lab().await;
    let (folder, aside) = (lab.root.path().join("lab"), lab.root.path().join("aside"));
    fs::rename(&folder, &aside).expect("renamed");
    lab.until_flawed("folder_missing").await;
    assert_eq!(lab.objects(), ["Node old"]);
    fs::create_dir(&folder).expect("a new folder");
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    lab.straight_to(&["Node new"]).await;
    fs::write(lab.path("a.yaml"), node("newer")).expect("written");
    lab.straight_to(&["Node newer"]).await;
    lab.end().await;
}

#[tokio::test]
async fn a_folder_that_appears_late() {
    let mut lab = lab(|_| {});
    lab.until_flawed("folder_missing").await;
    assert_eq!(lab.synced, None);
    fs::create_dir(lab.root.path().join("lab")).expect("a new folder");
    lab.until_synced().await;
    assert!(lab.flaws.is_empty());
    fs::write(lab.path("a.yaml"), node("new")).expect("written");
    lab.straight_to(&["Node new"]).await;
    lab.end().await;
}

#[tokio::test]
async fn what_the_newer_file_drops_the_other_gives() {
    let mut lab = old_lab().await;
    fs::write(lab.path("b.yaml"), node("old")).expect("written");
    lab.until_flawed("conflicting_files").await;
    assert_eq!(lab.flaws.keys().collect::<Vec<_>>(), [&Subject::File("a.yaml".into())]);
    fs::write(lab.path("b.yaml"), node("new")).expect("written");
    lab.until(&["Node new", "Node old"]).await;
    lab.end().await;
}

/// What `kubectl cluster-info dump --output-directory` writes: `nodes.json`, and a folder for each
/// namespace with a folder for each pod's logs.
#[tokio::test]
async fn folders_below_are_read() {
    let mut lab = lab(|root| {
        for folder in ["lab/shop/web-7d4", "lab/kube-system", "lab/.git/objects", "lab/shop/.cache"]
        {
            fs::create_dir_all(root.join(folder)).expect("a new folder");
        }
        fs::write(root.join("lab/nodes.json"), r#"{"kind":"Node","metadata":{"name":"n"}}"#)
            .expect("written");
        for folder in ["lab/shop", "lab/.git", "lab/shop/.cache"] {
            fs::write(root.join(folder).join("a.yaml"), node(folder)).expect("written");
        }
        let events = r#"{"kind":"EventList","apiVersion":"v1","items":[{"reason":"Pulled"}]}"#;
        fs::write(root.join("lab/kube-system/events.json"), events).expect("written");
        fs::write(root.join("lab/shop/web-7d4/logs.txt"), "GET / 200 [\n: {").expect("written");
        fs::write(root.join("lab/shop/kustomization.yaml"), "resources: [a.yaml]\n")
            .expect("written");
        // Links into a folder above and to one beside end.
        symlink("..", root.join("lab/shop/up")).expect("a link");
        symlink("../..", root.join("lab/shop/out")).expect("a link");
        symlink("/", root.join("lab/all")).expect("a link");
        fs::create_dir(root.join("other")).expect("a new folder");
        fs::write(root.join("other/a.yaml"), node("other")).expect("written");
        symlink("shop", root.join("lab/again")).expect("a link");
    });
    lab.until_synced().await;
    assert_eq!(lab.objects(), ["Node lab/shop", "Node n"]);
    assert_eq!(lab.flaws.len(), 0);

    // A file changes below, a new folder comes, is renamed, comes from elsewhere, goes.
    fs::write(lab.path("shop/a.yaml"), node("shop")).expect("written");
    lab.straight_to(&["Node n", "Node shop"]).await;
    fs::create_dir_all(lab.path("pay/deep/er")).expect("a new folder");
    fs::write(lab.path("pay/deep/er/b.yaml"), node("pay")).expect("written");
    lab.straight_to(&["Node n", "Node pay", "Node shop"]).await;
    fs::write(lab.path("pay/deep/er/b.yaml"), "kind: [").expect("written");
    lab.until_flawed("file_unreadable").await;
    let subject = Subject::File("pay/deep/er/b.yaml".into());
    assert_eq!(lab.flaws.keys().collect::<Vec<_>>(), [&subject]);
    fs::write(lab.path("pay/deep/er/b.yaml"), node("pay")).expect("written");
    lab.until(&["Node n", "Node pay", "Node shop"]).await;
    fs::rename(lab.path("pay"), lab.path("paid")).expect("renamed");
    fs::write(lab.path("paid/deep/er/b.yaml"), node("paid")).expect("written");
    lab.until(&["Node n", "Node paid", "Node shop"]).await;
    let elsewhere = lab.root.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a new folder");
    fs::write(elsewhere.join("c.yaml"), node("moved")).expect("written");
    fs::rename(&elsewhere, lab.path("moved")).expect("renamed");
    lab.straight_to(&["Node moved", "Node n", "Node paid", "Node shop"]).await;
    fs::remove_dir_all(lab.path("paid")).expect("removed");
    lab.straight_to(&["Node moved", "Node n", "Node shop"]).await;
    lab.end().await;
}

/// A folder below that Kubernetes mounts from a ConfigMap: files are links through `..data`.
#[tokio::test]
async fn a_mounted_folder_below_is_swapped_at_once() {
    let mut lab = lab(|root| {
        let mounted = root.join("lab/mounted");
        fs::create_dir_all(mounted.join("..1")).expect("a new folder");
        fs::write(mounted.join("..1/a.yaml"), node("one")).expect("written");
        symlink("..1", mounted.join("..data")).expect("a link");
        symlink("..data/a.yaml", mounted.join("a.yaml")).expect("a link");
    });
    lab.until_synced().await;
    assert_eq!(lab.objects(), ["Node one"]);
    let mounted = lab.path("mounted");
    fs::create_dir(mounted.join("..2")).expect("a new folder");
    fs::write(mounted.join("..2/a.yaml"), node("two")).expect("written");
    symlink("..2", mounted.join("..data_tmp")).expect("a link");
    fs::rename(mounted.join("..data_tmp"), mounted.join("..data")).expect("swapped");
    fs::remove_dir_all(mounted.join("..1")).expect("removed");
    lab.straight_to(&["Node two"]).await;
    lab.end().await;
}

#[tokio::test]
async fn folders_are_not_read_without_end() {
    let mut lab = lab(|root| {
        let deep = root.join("lab").join(["d"; 40].join("/"));
        fs::create_dir_all(&deep).expect("new folders");
        fs::write(deep.join("a.yaml"), node("deep")).expect("written");
        fs::write(root.join("lab/d/a.yaml"), node("near")).expect("written");
    });
    while lab.synced.is_none() {
        lab.next().await;
    }
    assert_eq!((lab.objects(), lab.synced), (vec!["Node near"], Some(false)));
    let subject = Subject::File(["d"; 17].join("/").into());
    assert_eq!(lab.flaws.keys().collect::<Vec<_>>(), [&subject]);
    lab.end().await;
}

#[tokio::test]
async fn a_full_channel_is_waited_for() {
    let mut lab = lab(|root| {
        fs::create_dir(root.join("lab")).expect("a new folder");
        for number in 0..20 {
            fs::write(root.join(format!("lab/{number}")), "kind: [").expect("written");
        }
    });
    while lab.synced.is_none() {
        lab.next().await;
    }
    assert_eq!((lab.flaws.len(), lab.synced), (20, Some(false)));
    // Nobody receives any more, and the task waits: it ends all the same.
    for number in 0..20 {
        fs::write(lab.path(&number.to_string()), node(&format!("n{number}"))).expect("written");
    }
    lab.end().await;
}
