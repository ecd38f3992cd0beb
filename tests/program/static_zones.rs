//! Files of static zones under a running server, and what `fedns check` says of them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hickory_proto::op::ResponseCode;

use crate::process::{CONFIG, Server, world};

const ZONE: &str = "\
$TTL 60
@ SOA ns1 hostmaster 1 60 30 2w 5
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
";

/// A world with a folder of zones, of which `example.net` stands alone.
fn world_with(zone: &str) -> tempfile::TempDir {
    let world = world();
    fs::create_dir_all(world.path().join("zones/parts")).unwrap();
    fs::write(world.path().join("zones/example.net.zone"), zone).unwrap();
    let config = format!("{CONFIG}zonesDir: ./zones\n");
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    world
}

fn check(folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(["check", "--config", "fedns.yaml"]).current_dir(folder);
    command.env_remove("FEDNS_CONFIG").output().unwrap()
}

/// Puts a file in the place of one, whole.
fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join("zones").join(name);
    fs::write(path.with_extension("new"), text).unwrap();
    fs::rename(path.with_extension("new"), path).unwrap();
}

#[test]
fn files_are_followed_and_a_faulty_one_leaves_its_zone() {
    let world = world_with(&format!("{ZONE}$INCLUDE parts/more\n"));
    let path = world.path();
    fs::write(path.join("zones/parts/more"), "more A 192.0.2.1\n").unwrap();
    let server = Server::start(path);
    server.wait_for("ready: answers are complete");
    assert_eq!(server.ask("www.example.net.").answers[0].data.to_string(), "192.0.2.80");
    assert_eq!(server.ask("more.example.net.").answers.len(), 1);
    assert_eq!(server.ask("cart.shop.myfed.svc.example.com.").answers.len(), 1);

    // A change of an included file reads its zone again.
    put(path, "parts/more", "more A 192.0.2.1\nmore A 192.0.2.2\n");
    server.ask_until("more.example.net.", 2);

    put(path, "example.net.zone", "www A 192.0.2.81\nfault AA 1\n");
    server.wait_for("there is no type `AA`");
    server.get_until("/status", &["zone_file_refused", "the zone stays as it was"]);
    assert_eq!(server.ask("www.example.net.").answers[0].data.to_string(), "192.0.2.80");

    put(path, "example.net.zone", &ZONE.replace("192.0.2.80", "192.0.2.82\nwww A 192.0.2.83"));
    server.ask_until("www.example.net.", 2);

    // The folder can not be read: nothing goes.
    fs::rename(path.join("zones"), path.join("away")).unwrap();
    server.get_until("/status", &["zone_folder_unread"]);
    assert_eq!(server.ask("www.example.net.").answers.len(), 2);
    fs::rename(path.join("away"), path.join("zones")).unwrap();

    fs::remove_file(path.join("zones/example.net.zone")).unwrap();
    server.ask_until_code("www.example.net.", ResponseCode::Refused);
    assert_eq!(server.ask("cart.shop.myfed.svc.example.com.").answers.len(), 1);

    // A zone at the federation's own apex.
    put(path, "example.com.zone", &format!("{ZONE}shop CNAME cart.shop.myfed.svc\n"));
    server.ask_until("shop.example.com.", 2);
}

#[test]
fn a_zone_that_was_faulty_from_the_start_is_not_guessed_at() {
    let world = world_with("");
    put(world.path(), "example.org.zone", ZONE);
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let code = |name| server.ask(name).metadata.response_code;
    assert_eq!(code("www.example.net."), ResponseCode::ServFail);
    assert_eq!(code("www.example.org."), ResponseCode::NoError);
    assert_eq!(code("cart.shop.myfed.svc.example.com."), ResponseCode::NoError);
    put(world.path(), "example.net.zone", ZONE);
    server.ask_until("www.example.net.", 1);
}

#[test]
fn check_tells_every_fault_of_every_file() {
    let world = world_with(&format!("{ZONE}a AA 1\nb MX x\n$INCLUDE ../fedns.yaml\n"));
    put(world.path(), "exam_ple..net.zone", ZONE);
    let output = check(world.path());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    for words in [
        "zones/example.net.zone:6:3: there is no type `AA`",
        " 6 | a AA 1",
        "zones/example.net.zone:7:6: `x` is no whole number from 0 to 65535",
        "lies outside of zones",
        "exam_ple..net is no domain",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    fs::remove_file(world.path().join("zones/exam_ple..net.zone")).unwrap();
    put(world.path(), "example.net.zone", &format!("{ZONE}c 30 A 192.0.2.1\nc 40 A 192.0.2.2\n"));
    let output = check(world.path());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("static zone example.net.: 6 records at 4 names"), "{told}");
    assert!(told.contains("notice: zones/example.net.zone:6:1: the A records here"), "{told}");
}
