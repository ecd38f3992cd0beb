//! Folders told in steps: files, moments, and the events they come to.

mod conflicts;
mod races;

use super::*;
use crate::clusters::manifests::read::read;

/// A folder in memory with its books.
struct World {
    folder: Folder,
    files: BTreeMap<&'static str, (Stamp, Vec<u8>, u64)>,
    inode: Inode,
    is_there: bool,
    hints: Hints,
    at: u64,
    next: u64,
    /// Names in the order in which they were read.
    read: Vec<String>,
}

fn world() -> World {
    World {
        folder: Folder::new("lab"),
        files: BTreeMap::new(),
        inode: Inode { device: 1, number: 1 },
        is_there: true,
        hints: Hints::default(),
        at: 10_000,
        next: 100,
        read: Vec::new(),
    }
}

impl World {
    /// Someone writes a file and does not close it.
    fn write(&mut self, name: &'static str, text: &str) {
        self.next += 1;
        let inode = match self.files.get(name) {
            Some((stamp, ..)) => stamp.inode,
            None => Inode { device: 1, number: self.next },
        };
        let time = i128::from(self.next);
        let stamp = Stamp { inode, size: text.len() as u64, modified: time, changed: time };
        self.files.insert(name, (stamp, text.into(), self.at));
        self.hints.files.insert(name.into(), false);
    }

    fn close(&mut self, name: &'static str) {
        self.hints.files.insert(name.into(), true);
    }

    /// Someone writes a file and closes it.
    fn put(&mut self, name: &'static str, text: &str) {
        self.write(name, text);
        self.close(name);
    }

    fn rename(&mut self, from: &'static str, to: &'static str) {
        let (mut stamp, octets, _) = self.files.remove(from).expect("the file is there");
        self.next += 1;
        stamp.changed = self.next.into();
        self.files.insert(to, (stamp, octets, self.at));
        self.close(to);
    }

    /// Time passes; what happened meanwhile is looked at.
    fn look_after(&mut self, millis: u64) -> Vec<String> {
        self.at += millis;
        let entry =
            |(name, (stamp, _, changed)): (&&'static str, &(Stamp, Vec<u8>, u64))| FileEntry {
                name: (*name).into(),
                stamp: Ok(*stamp),
                age: Duration::from_millis(self.at - changed),
            };
        let sight = if self.is_there {
            FolderScan::Present(self.inode, self.files.iter().map(entry).collect())
        } else {
            FolderScan::Missing(None)
        };
        let hints = std::mem::take(&mut self.hints);
        let now = Moment(Duration::from_millis(self.at));
        let mut wanted = self.folder.look(now, sight, &hints);
        loop {
            for name in &wanted {
                let (stamp, octets, _) = &self.files[&**name];
                let contents = read(name, octets, &self.folder.hasher(), &|| false);
                self.folder.take(name, Outcome::Read(*stamp, contents));
                self.read.push(name.to_string());
            }
            match self.folder.settle() {
                Settled::Read(again) => wanted = again,
                Settled::Events(events) => return events.iter().map(told).collect(),
            }
        }
    }

    fn look(&mut self) -> Vec<String> {
        self.look_after(0)
    }

    /// Milliseconds until it wants to look again.
    fn wake(&self) -> Option<u64> {
        self.folder.wake().map(|wake| wake.0.as_millis() as u64 - self.at)
    }
}

fn told(event: &ClusterEvent) -> String {
    match event {
        ClusterEvent::Listed(listings) => {
            let listing = |listing: &Listing| {
                let titles = listing.objects.iter().map(title).collect::<Vec<_>>();
                format!("{}: {}", listing.source.0, titles.join(", "))
            };
            format!("[{}]", listings.iter().map(listing).collect::<Vec<_>>().join("; "))
        }
        ClusterEvent::Flawed(subject, flaws) => {
            let flaws: Vec<String> = flaws.iter().map(short).collect();
            format!("{subject}: {}", flaws.join(", "))
        }
        ClusterEvent::Synced { is_complete: true } => "synced".into(),
        ClusterEvent::Synced { is_complete: false } => "synced in part".into(),
        other => panic!("a folder does not say {other:?}"),
    }
}

fn short(flaw: &Flaw) -> String {
    match flaw {
        Flaw::ConflictingFiles { object, kept } => format!("{object} in {kept}"),
        flaw => flaw.kind().into(),
    }
}

fn nodes(names: &[&str]) -> String {
    names.iter().map(|name| format!("---\nkind: Node\nmetadata: {{name: {name}}}\n")).collect()
}

#[test]
fn all_files_of_the_first_look_come_together() {
    let mut world = world();
    world.put("b", &nodes(&["b1"]));
    world.put("a", &nodes(&["a1", "a2"]));
    assert_eq!(world.look(), ["[0: Node a1, Node a2; 1: Node b1]", "synced"]);
    assert_eq!(world.folder.size(), FolderSize { files: 2, objects: 3 });
    assert_eq!(world.look_after(2000), [""; 0]);
    assert_eq!(world.read, ["a", "b"], "what has not changed is not read again");
}

#[test]
fn an_empty_folder_is_synced_and_a_missing_one_is_not() {
    let mut world = world();
    world.is_there = false;
    assert_eq!(world.look(), ["folder: folder_missing"]);
    assert_eq!(world.look_after(60_000), [""; 0]);
    world.is_there = true;
    assert_eq!(world.look(), ["folder: ", "synced"]);
}

#[test]
fn a_folder_that_vanishes_is_no_fact() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    world.is_there = false;
    assert_eq!(world.look_after(1000), ["folder: folder_missing"]);
    assert_eq!(world.look_after(60_000), [""; 0]);
    // It comes back filled.
    (world.is_there, world.inode.number) = (true, 2);
    assert_eq!(world.look(), ["folder: "]);
    // It comes back empty, and is being filled.
    world.inode.number = 3;
    let file = world.files.remove("a").expect("the file is there");
    assert_eq!(world.look_after(1000), [""; 0]);
    world.files.insert("a", file);
    assert_eq!(world.look_after(1900), [""; 0]);
    // It stays empty.
    world.files.remove("a");
    assert_eq!(world.look_after(3000), [""; 0]);
    assert_eq!(world.look_after(200), ["[0: ]"]);
}

#[test]
fn an_empty_mount_point_is_a_folder_that_vanished() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    world.inode.device = 2;
    let file = world.files.remove("a").expect("the file is there");
    assert_eq!(world.look_after(1000), ["folder: folder_missing"]);
    assert_eq!(world.look_after(60_000), [""; 0]);
    world.inode.device = 1;
    world.files.insert("a", file);
    assert_eq!(world.look_after(1000), ["folder: "]);
}

#[test]
fn a_file_that_is_gone_is_believed_after_a_while() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.put("b", &nodes(&["b"]));
    world.look();
    let file = world.files.remove("a").expect("the file is there");
    assert_eq!(world.look_after(1000), [""; 0]);
    assert_eq!(world.wake(), Some(200));
    assert_eq!(world.look_after(199), [""; 0]);
    // An editor puts another in its place.
    world.files.insert("a", file);
    world.put("a", &nodes(&["new"]));
    assert_eq!(world.look(), ["[0: Node new]"]);
    world.files.remove("a");
    assert_eq!(world.look_after(1000), [""; 0]);
    assert_eq!(world.look_after(200), ["[0: ]"]);
    assert_eq!(world.wake(), None);
}

#[test]
fn a_renamed_file_moves_at_once() {
    let mut world = world();
    world.put("a", &nodes(&["n"]));
    world.look();
    world.rename("a", "b");
    assert_eq!(world.look_after(500), ["[0: ; 1: Node n]"]);
    world.put("c", &nodes(&["n", "m"]));
    world.look_after(500);
    world.rename("c", "b");
    assert_eq!(world.look_after(500), ["file b: ", "[2: ; 1: Node n, Node m]"]);
}

#[test]
fn a_file_being_written_is_no_fact() {
    let mut world = world();
    world.put("a", &nodes(&["old"]));
    world.look();
    world.at += 5000;
    world.write("a", "");
    assert_eq!(world.look_after(25), [""; 0]);
    for _ in 0..3 {
        world.at += 100;
        world.write("a", &nodes(&["half"]));
        assert_eq!(world.look_after(25), [""; 0]);
        assert_eq!(world.wake(), Some(175));
    }
    world.put("a", &nodes(&["new"]));
    assert_eq!(world.look_after(25), ["[0: Node new]"]);
    // Nobody tells of closing: 200 ms of quiet must do.
    world.write("a", &nodes(&["newer"]));
    assert_eq!(world.look_after(199), [""; 0]);
    assert_eq!(world.look_after(1), ["[0: Node newer]"]);
}

#[test]
fn a_file_that_stays_empty_is_complained_about_and_keeps_its_content() {
    for text in ["", " \n\n"] {
        let mut world = world();
        world.put("a", &nodes(&["old"]));
        world.look();
        world.at += 5000;
        world.put("a", text);
        assert_eq!(world.look(), [""; 0]);
        assert_eq!(world.wake(), Some(1000));
        assert_eq!(world.look_after(1000), ["file a: file_unfinished"]);
        assert_eq!(world.look_after(60_000), [""; 0]);
        world.put("a", &nodes(&["old"]));
        assert_eq!(world.look(), ["file a: ", "[0: Node old]"]);
    }
}

#[test]
fn what_says_no_kind_takes_nothing_away() {
    let login = "error: You must be logged in to the server (Unauthorized)\n";
    let status = "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":401}";
    for text in [login, status, "{}", "items: []\n"] {
        let mut world = world();
        world.put("a", &nodes(&["old"]));
        world.look();
        world.put("a", text);
        assert_eq!(world.look(), ["file a: file_unreadable"], "{text}");
    }
    for text in ["# nothing here\n", "---\n", "null\n"] {
        let mut world = world();
        world.put("a", &nodes(&["old"]));
        world.look();
        world.put("a", text);
        assert_eq!(world.look(), [""; 0], "{text}");
    }
    // A list that is empty says so.
    let mut world = world();
    world.put("a", &nodes(&["old"]));
    world.look();
    world.put("a", "kind: List\nitems: []\n");
    assert_eq!(world.look(), ["[0: ]"]);
}

#[test]
fn the_first_scan_waits_for_files_being_written() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.write("b", &nodes(&["b"]));
    assert_eq!(world.look(), [""; 0]);
    assert_eq!(world.wake(), Some(200));
    assert_eq!(world.look_after(200), ["[0: Node a; 1: Node b]", "synced"]);
}

#[test]
fn the_first_scan_does_not_wait_for_ever() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.write("b", "");
    assert_eq!(world.look(), [""; 0]);
    let events = ["[0: Node a]", "file b: file_unfinished", "synced in part"];
    assert_eq!(world.look_after(1000), events);
    world.put("b", &nodes(&["b"]));
    assert_eq!(world.look(), ["file b: ", "[1: Node b]", "synced"]);
}

#[test]
fn a_broken_file_keeps_its_last_good_content() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    world.put("a", "kind: [");
    assert_eq!(world.look(), ["file a: file_unreadable"]);
    world.put("a", "kind: {");
    assert_eq!(world.look().len(), 1, "another reason");
    world.put("a", &nodes(&["b"]));
    assert_eq!(world.look(), ["file a: ", "[0: Node b]"]);
}

#[test]
fn a_file_that_was_never_readable_leaves_the_folder_incomplete() {
    let mut world = world();
    world.put("a", "kind: [");
    assert_eq!(world.look(), ["file a: file_unreadable", "synced in part"]);
    world.files.remove("a");
    world.look_after(1000);
    assert_eq!(world.look_after(200), ["file a: ", "synced"]);
    world.put("b", "kind: [");
    assert_eq!(world.look(), ["file b: file_unreadable", "synced in part"]);
}

#[test]
fn a_folder_that_can_not_be_read_takes_nothing_away() {
    let mut world = world();
    world.put("shop/a", &nodes(&["a"]));
    world.put("shopping", &nodes(&["b"]));
    world.look();
    let entry = |name: &str, stamp| FileEntry { name: name.into(), stamp, age: Duration::ZERO };
    let unread = entry("shop", Err("the folder can not be read: because".into()));
    for (millis, events) in [(1000, 1), (5000, 2)] {
        world.at += millis;
        let sight = FolderScan::Present(world.inode, vec![unread.clone()]);
        let now = Moment(Duration::from_millis(world.at));
        assert!(world.folder.look(now, sight, &Hints::default()).is_empty());
        let Settled::Events(said) = world.folder.settle() else { panic!("nothing is to be read") };
        let said: Vec<_> = said.iter().map(told).collect();
        if events == 1 {
            assert_eq!(said, ["file shop: file_unreadable", "synced in part"]);
        } else {
            assert_eq!(said, ["[1: ]"], "what stood beside it is gone");
        }
    }
    world.files.remove("shopping");
    world.look();
    assert_eq!(world.look_after(400), ["file shop: ", "synced"]);
}

#[test]
fn what_is_meant_as_no_manifest_is_no_reason_to_complain() {
    let mut world = world();
    for name in ["logs.txt", "x/kube-proxy/logs.txt", "NOTES.md", "events.log"] {
        world.put(name, "I1130 12:00:00 server.go: [starting: {\nkind: [");
    }
    world.put("all.txt", &nodes(&["a"]));
    assert_eq!(world.look().last().expect("it is read"), "synced");
    assert!(world.folder.said.is_empty());
    // It was one before.
    world.put("all.txt", "kind: [");
    assert_eq!(world.look(), ["file all.txt: file_unreadable"]);
}

#[test]
fn a_service_that_can_not_be_used_is_told_until_it_is_gone() {
    let mut world = world();
    let service = |name: &str| format!("kind: Service\nmetadata: {{name: {name}, namespace: x}}\n");
    world.put("a", &service("my_cart"));
    assert_eq!(world.look(), ["[0: ]", "service x/my_cart: bad_service_name", "synced"]);
    world.put("a", "kind: [");
    assert_eq!(world.look(), ["file a: file_unreadable"], "it stays with the last good content");
    world.put("a", &service("cart"));
    let events = ["file a: ", "service x/my_cart: ", "[0: Service x/cart]"];
    assert_eq!(world.look(), events);
}
