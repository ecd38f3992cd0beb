//! The state folder, by real processes: killed, restarted without sources, run two at a time.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use hickory_proto::op::ResponseCode;

use crate::process::{CONFIG, NODE, PATIENCE, Server, service, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// A world that keeps its state.
fn keeping() -> tempfile::TempDir {
    let world = world();
    let path = world.path().join("fedns.yaml");
    fs::write(path, format!("{CONFIG}stateDir: ./state\n")).unwrap();
    world
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_kept(world: &Path) -> bool {
    world.join("state/cluster-east.state").exists() && world.join("state/serials.state").exists()
}

/// A world whose state was kept by a process that was then killed.
fn killed() -> tempfile::TempDir {
    let world = keeping();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    until("state is kept", || is_kept(world.path()));
    server.signal("KILL");
    server.ended();
    world
}

fn is_answered(server: &Server) {
    let reply = server.ask(CART);
    assert_eq!(reply.answers.len(), 1, "{reply}");
    assert_eq!(reply.answers[0].data.to_string(), "192.0.2.1");
}

#[test]
fn a_restart_without_sources_answers_what_was_kept() {
    let world = killed();
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let server = Server::start(world.path());
    // The very first question.
    is_answered(&server);
    assert_eq!(server.get("/readyz").0, 200);
    server.get_until("/status", &["\"state\":\"restored\"", "restoredAsOf", "folder_missing"]);
    let (_, clusters) = server.get("/clusters");
    assert!(clusters.contains("\"restoredAsOf\":\"20"), "{clusters}");
    let (_, why) = server.get(&format!("/explain?name={CART}&type=A"));
    assert!(why.contains("\"restored\":[{\"asOf\":\"20"), "{why}");
    // All of it was known, so what it does not hold is denied.
    server.ask_until_code("no.shop.myfed.svc.example.com.", ResponseCode::NXDomain);
    // The source comes back, and says something else.
    fs::write(world.path().join("away/cart.yaml"), service("cart", "192.0.2.9", true)).unwrap();
    fs::rename(world.path().join("away"), world.path().join("east")).unwrap();
    server.wait_for("east synced");
    server.get_until("/status", &["\"state\":\"synced\""]);
    assert_eq!(server.ask_until(CART, 1).answers[0].data.to_string(), "192.0.2.9");
    assert!(!server.get("/status").1.contains("restoredAsOf"));
}

#[test]
fn an_empty_folder_is_not_believed_until_something_stands_in_it() {
    let world = killed();
    fs::remove_dir_all(world.path().join("east")).unwrap();
    fs::create_dir(world.path().join("east")).unwrap();
    let server = Server::start(world.path());
    server.get_until("/status", &["source_empty", "\"state\":\"restored\""]);
    is_answered(&server);
    // Now it says something, and so cart is gone.
    fs::write(world.path().join("east/nodes.yaml"), NODE).unwrap();
    server.wait_for("east synced");
    server.ask_until_code(CART, ResponseCode::NXDomain);
}

#[test]
fn what_changed_while_nobody_looked_is_a_fact_once_it_is_read() {
    let world = killed();
    fs::remove_file(world.path().join("east/cart.yaml")).unwrap();
    fs::write(world.path().join("east/new.yaml"), service("new", "192.0.2.3", true)).unwrap();
    let server = Server::start(world.path());
    server.wait_for("east synced");
    server.ask_until_code(CART, ResponseCode::NXDomain);
    server.ask_until("new.shop.myfed.svc.a.us.example.com.", 1);
}

#[test]
fn sigterm_writes_what_changed_last_and_serials_go_up() {
    let world = keeping();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    until("state is kept", || is_kept(world.path()));
    let serial = |server: &Server| -> u32 {
        let status: serde_json::Value = serde_json::from_str(&server.get("/status").1).unwrap();
        status["federations"][0]["serial"].as_u64().unwrap() as u32
    };
    // Sooner than a file is written again.
    fs::write(world.path().join("east/late.yaml"), service("late", "192.0.2.4", true)).unwrap();
    server.ask_until("late.shop.myfed.svc.a.us.example.com.", 1);
    let before = serial(&server);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    let names = fs::read_dir(world.path().join("state")).unwrap();
    let names: Vec<_> = names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| !name.ends_with(".new")), "{names:?}");
    fs::remove_dir_all(world.path().join("east")).unwrap();
    let server = Server::start(world.path());
    assert_eq!(server.ask("late.shop.myfed.svc.a.us.example.com.").answers.len(), 1);
    assert!(serial(&server) > before);
}

#[test]
fn what_changes_little_is_added_behind_the_file() {
    let world = keeping();
    let many: Vec<_> = (0..200).map(|at| service(&format!("s{at}"), "192.0.2.5", true)).collect();
    fs::write(world.path().join("east/many.yaml"), many.join("---\n")).unwrap();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    until("state is kept", || is_kept(world.path()));
    let file = world.path().join("state/cluster-east.state");
    let before = fs::metadata(&file).unwrap().ino();
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.6", true)).unwrap();
    let end = Instant::now() + PATIENCE;
    while server.ask(CART).answers[0].data.to_string() != "192.0.2.6" {
        assert!(Instant::now() < end, "cart has moved");
    }
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    assert_eq!(fs::metadata(&file).unwrap().ino(), before, "it is not written anew");
    let journal = world.path().join("state/cluster-east.state.journal");
    let added = fs::metadata(&journal).unwrap().len();
    assert!(added * 10 < fs::metadata(&file).unwrap().len(), "{added} octets");
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let restarted = || {
        let server = Server::start(world.path());
        let reply = server.ask(CART);
        assert_eq!(reply.answers.len(), 1, "{reply}");
        (reply.answers[0].data.to_string(), server)
    };
    assert_eq!(restarted().0, "192.0.2.6");
    // What was torn off says nothing; what is damaged is told of.
    let octets = fs::read(&journal).unwrap();
    fs::write(&journal, &octets[..octets.len() - 1]).unwrap();
    let (address, server) = restarted();
    assert_eq!(address, "192.0.2.1");
    assert!(!server.get("/status").1.contains("state_file_refused"));
    drop(server);
    let mut damaged = octets.clone();
    damaged[octets.len() / 2] ^= 1;
    fs::write(&journal, damaged).unwrap();
    let (address, server) = restarted();
    assert_eq!(address, "192.0.2.1");
    server.get_until(
        "/status",
        &["state_file_refused", "cluster-east.state.journal", "it is damaged"],
    );
}

/// What stands behind a file and is none of it: a folder, which nobody reads nor removes as a file, whatever
/// his rights are.
#[test]
fn what_can_not_be_read_or_removed_behind_a_file_is_told_and_hides_nothing() {
    let world = killed();
    let journal = world.path().join("state/cluster-east.state.journal");
    _ = fs::remove_file(&journal);
    fs::create_dir(&journal).unwrap();
    fs::write(journal.join("something"), "").unwrap();
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let server = Server::start(world.path());
    is_answered(&server);
    let told =
        ["state_file_refused", "cluster-east.state.journal", "it can not be read", "take it away"];
    server.get_until("/status", &told);
    // The file is written anew, and it stays.
    let file = world.path().join("state/cluster-east.state");
    let mut inode = fs::metadata(&file).unwrap().ino();
    let mut is_new = || {
        let now = fs::metadata(&file).map_or(inode, |it| it.ino());
        std::mem::replace(&mut inode, now) != now
    };
    fs::write(world.path().join("away/cart.yaml"), service("cart", "192.0.2.8", true)).unwrap();
    fs::rename(world.path().join("away"), world.path().join("east")).unwrap();
    let end = Instant::now() + PATIENCE;
    while !is_new() {
        assert!(Instant::now() < end, "it is written anew");
    }
    server.get_until(
        "/status",
        &["state_file_stays", "cluster-east.state.journal", "can not be removed"],
    );
    assert!(!server.get("/status").1.contains("state_not_kept"), "all is kept");
    stopped(server);
    // Once it is gone, nobody speaks of it.
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.9", true)).unwrap();
    let server = Server::start(world.path());
    server.ask_until(CART, 1);
    server.get_until("/status", &["state_file_stays"]);
    fs::remove_dir_all(&journal).unwrap();
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.7", true)).unwrap();
    until("the complaint is over", || !server.get("/status").1.contains("state_file_stays"));
    stopped(server);
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let reply = Server::start(world.path()).ask(CART);
    assert_eq!(reply.answers[0].data.to_string(), "192.0.2.7");
}

fn stopped(mut server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_damaged_file_is_complained_about_and_the_one_before_it_counts() {
    let world = killed();
    let path = world.path().join("state/cluster-east.state");
    let mut octets = fs::read(&path).unwrap();
    fs::copy(&path, world.path().join("state/cluster-east.state.previous")).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&path, octets).unwrap();
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let server = Server::start(world.path());
    is_answered(&server);
    server.get_until("/status", &["state_file_refused", "it is damaged"]);
    // It is replaced as soon as there is something to replace it by.
    fs::write(world.path().join("away/new.yaml"), service("new", "192.0.2.3", true)).unwrap();
    fs::rename(world.path().join("away"), world.path().join("east")).unwrap();
    until("the complaint is over", || !server.get("/status").1.contains("state_file_refused"));
}

#[test]
fn facts_of_another_source_are_not_taken() {
    let world = killed();
    let config = fs::read_to_string(world.path().join("fedns.yaml")).unwrap();
    fs::write(world.path().join("fedns.yaml"), config.replace("./east", "./west")).unwrap();
    let server = Server::start(world.path());
    assert_eq!(server.ask(CART).metadata.response_code, ResponseCode::ServFail);
    server.get_until("/status", &["state_file_refused", "another source", "\"awaited\""]);
}

#[test]
fn a_folder_that_can_not_be_written_disturbs_nothing() {
    let world = keeping();
    let config = format!("{CONFIG}stateDir: /proc/no/such/folder\n");
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    is_answered(&server);
    server.get_until("/status", &["state_not_kept", "/proc/no/such/folder"]);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

/// The system lets this process write no file at all: as a full disk does.
#[test]
fn a_full_disk_disturbs_nothing() {
    let world = killed();
    fs::write(world.path().join("east/new.yaml"), service("new", "192.0.2.3", true)).unwrap();
    let mut command = Command::new("sh");
    let exec = "trap '' XFSZ; ulimit -f 0; exec \"$0\" serve --config \"$1\"";
    command.args(["-c", exec, env!("CARGO_BIN_EXE_fedns")]).arg(world.path().join("fedns.yaml"));
    let mut server = Server::spawn(command);
    server.wait_for_doors(true);
    server.get_until("/status", &["state_not_kept", "cluster-east.state", "too large"]);
    server.get_until("/metrics", &["fedns_state_writes_failed_total"]);
    is_answered(&server);
    server.ask_until("new.shop.myfed.svc.a.us.example.com.", 1);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    // What was kept before still is.
    fs::remove_dir_all(world.path().join("east")).unwrap();
    is_answered(&Server::start(world.path()));
}

/// Whenever it is killed, what it leaves can be restored.
#[test]
fn a_kill_while_writing_leaves_something_whole() {
    let world = killed();
    let many = |turn: usize| -> String {
        let of = |at| service(&format!("s{turn}-{at}"), "192.0.2.5", true);
        (0..300).map(of).collect::<Vec<_>>().join("---\n")
    };
    for turn in 0..8_usize {
        fs::write(world.path().join("east/many.yaml"), many(turn)).unwrap();
        // From where the writing begins to behind it. Where it was too quick to be seen, its file
        // is another one.
        let (file, unfinished) = ["cluster-east.state", "cluster-east.state.new"]
            .map(|name| world.path().join("state").join(name))
            .into();
        // There is none where the kill came after the old one was moved aside.
        let inode = || fs::metadata(&file).map_or(0, |it| it.ino());
        // Before it starts: it may have written by the time that somebody looks.
        let before = inode();
        let mut server = Server::start(world.path());
        server.wait_for("east synced");
        let end = Instant::now() + PATIENCE;
        while !unfinished.exists() && inode() == before {
            assert!(Instant::now() < end, "nothing is written");
        }
        let end = Instant::now() + Duration::from_micros(300) * turn as u32;
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        server.signal("KILL");
        server.ended();
        fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
        let server = Server::start(world.path());
        is_answered(&server);
        drop(server);
        fs::rename(world.path().join("away"), world.path().join("east")).unwrap();
    }
}

#[test]
fn of_two_processes_the_second_serves_and_keeps_nothing() {
    let world = killed();
    let mut first = Server::start(world.path());
    // Ports of its own: it is no upgrade, somebody runs both.
    let second = Server::start(world.path());
    is_answered(&second);
    second.get_until("/status", &["state_folder_taken"]);
    assert!(!first.get("/status").1.contains("state_folder_taken"));
    let state = world.path().join("state/cluster-east.state");
    let kept = fs::metadata(&state).unwrap().modified().unwrap();
    first.signal("TERM");
    first.ended();
    second.wait_for("this process keeps its state there from now on");
    until("the second writes", || fs::metadata(&state).unwrap().modified().unwrap() > kept);
    until("the complaint is over", || !second.get("/status").1.contains("state_folder_taken"));
    is_answered(&second);
}
