//! The same object in several files of a folder.

use super::{nodes, world};

#[test]
fn an_object_in_two_files_counts_in_the_newer() {
    let mut world = world();
    world.put("b", &nodes(&["n", "b"]));
    assert_eq!(world.look(), ["[0: Node n, Node b]", "synced"]);
    world.put("a", &nodes(&["n"]));
    assert_eq!(world.look(), ["[1: Node n; 0: Node b]", "file b: Node n in a"]);
    world.put("c", &nodes(&["n", "b", "c"]));
    let events = [
        "[1: ; 0: ; 2: Node n, Node b, Node c]",
        "file a: Node n in c",
        "file b: Node n in c, Node b in c",
    ];
    assert_eq!(world.look(), events);
    // Written again, with nothing else in it, it is the newer one.
    world.put("b", &nodes(&["n", "b"]));
    let events = [
        "file b: ",
        "[1: ; 0: Node n, Node b; 2: Node c]",
        "file a: Node n in b",
        "file c: Node n in b, Node b in b",
    ];
    assert_eq!(world.look(), events);
    // What the newer one drops, the next has at once.
    world.put("b", &nodes(&["x"]));
    let events = ["file c: ", "[1: ; 0: Node x; 2: Node n, Node b, Node c]", "file a: Node n in c"];
    assert_eq!(world.look(), events);
    // So it is when it goes.
    world.files.remove("c");
    world.look_after(1000);
    assert_eq!(world.look_after(200), ["file a: ", "[2: ; 1: Node n]"]);
}

#[test]
fn of_files_that_were_changed_at_once_the_first_counts() {
    let mut world = world();
    for name in ["b", "a", "c"] {
        world.put(name, &nodes(&["n"]));
        world.files.get_mut(name).expect("it is there").0.modified = 7;
    }
    let events = ["[0: Node n; 1: ; 2: ]", "file b: Node n in a", "file c: Node n in a", "synced"];
    assert_eq!(world.look(), events);
}

#[test]
fn files_that_share_nothing_with_a_change_are_left_alone() {
    let mut world = world();
    world.put("a", &nodes(&["n", "a"]));
    world.put("b", &nodes(&["b"]));
    world.look();
    world.read.clear();
    world.put("a", &nodes(&["n", "a", "more"]));
    assert_eq!(world.look(), ["[0: Node n, Node a, Node more]"]);
    assert_eq!(world.read, ["a"]);
}

#[test]
fn many_conflicts_are_counted() {
    let names: Vec<String> = (10..40).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = world();
    world.put("b", &nodes(&names));
    world.put("a", &nodes(&names));
    let events = world.look();
    assert!(events[1].starts_with("file b: Node n10 in a, "), "{events:?}");
    assert!(events[1].ends_with("one of 22 more objects in a"), "{events:?}");
}
