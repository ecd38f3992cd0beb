//! Files that change while they are looked at or read.

use std::time::Duration;

use super::{nodes, world};
use crate::clusters::manifests::folder::Settled;
use crate::clusters::manifests::folder_scan::{FileEntry, FolderScan, Hints, Outcome};
use crate::core::time::Moment;

#[test]
fn a_file_that_changed_while_it_was_read_is_read_again() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    world.put("a", &nodes(&["b"]));
    let hints = std::mem::take(&mut world.hints);
    let entry = FileEntry { name: "a".into(), stamp: Ok(world.files["a"].0), age: Duration::ZERO };
    let sight = FolderScan::Present(world.inode, vec![entry]);
    let now = Moment(Duration::from_millis(world.at));
    assert_eq!(world.folder.look(now, sight, &hints), ["a".into()]);
    world.folder.take("a", Outcome::Unsettled);
    assert_eq!(world.folder.settle(), Settled::Events(vec![]));
    assert_eq!(world.wake(), Some(200));
    assert_eq!(world.look_after(200), ["[0: Node b]"]);
}

#[test]
fn what_was_read_within_a_tick_is_read_again_when_it_is_written_again() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    // The same size, within the same tick: the same stamp.
    world.files.get_mut("a").expect("the file is there").1 = nodes(&["b"]).into();
    world.close("a");
    assert_eq!(world.look(), ["[0: Node b]"]);
}

#[test]
fn a_swap_of_all_links_is_believed_at_once() {
    let mut world = world();
    world.put("a", &nodes(&["a"]));
    world.look();
    world.files.remove("a");
    world.put("a", &nodes(&["b"]));
    world.hints = Hints { is_swapped: true, ..Hints::default() };
    assert_eq!(world.look(), ["[0: Node b]"]);
}
