//! The unit of systemd: what it allows, and what fedns tells whoever started it.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use crate::process::{CONFIG, PATIENCE, Server, fedns, world};
use crate::{path, printed, real};

/// Plays the service manager.
struct Manager(UnixDatagram);

impl Manager {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(socket)
    }

    /// The states of the next message.
    fn next(&self) -> Vec<String> {
        let mut buffer = [0; 4096];
        let length = self.0.recv(&mut buffer).expect("a message comes");
        String::from_utf8(buffer[..length].to_vec()).unwrap().lines().map(str::to_owned).collect()
    }

    /// Reads until a message has this state; gives the messages before it, signs of life left out.
    fn until(&self, state: &str) -> Vec<Vec<String>> {
        let mut before = Vec::new();
        loop {
            let message = self.next();
            if message.iter().any(|it| it == state) {
                return before;
            }
            if message != ["WATCHDOG=1"] {
                before.push(message);
            }
        }
    }
}

/// sd_notify(3): READY=1 tells that startup is finished, "or the service finished re-loading its
/// configuration"; RELOADING=1 that it is begun, with MONOTONIC_USEC; WATCHDOG=1 is the keep-alive ping;
/// STOPPING=1 "should be sent when the service begins to shut down".
#[test]
fn whoever_started_it_is_told_how_it_stands() {
    let world = world();
    let east = world.path().join("east");
    fs::rename(&east, world.path().join("later")).unwrap();
    let socket = world.path().join("notify");
    let manager = Manager::at(&socket);
    let mut command = fedns(world.path());
    // A hundredth of what the unit says: the next sign has to come, not soon.
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "1200000");
    let mut server = Server::spawn(command);
    // Its cluster has not been read: it is no time to send questions.
    let early = manager.until("STATUS=not ready: not read yet: east");
    assert!(early.iter().flatten().all(|it| it != "READY=1"), "{early:?}");
    fs::rename(world.path().join("later"), &east).unwrap();
    let before = manager.until("READY=1");
    assert!(before.iter().flatten().all(|it| it.starts_with("STATUS=")), "{before:?}");
    server.wait_for_doors(true);
    assert_eq!(server.get("/readyz").0, 200);
    manager.until("WATCHDOG=1");
    // A reload begins and ends; so does one that changes nothing, as the file is wrong.
    server.signal("HUP");
    for _ in 0..2 {
        let told = manager.until("RELOADING=1");
        assert!(told.iter().flatten().all(|it| it.starts_with("STATUS=")), "{told:?}");
        assert_eq!(manager.until("READY=1"), Vec::<Vec<String>>::new());
        fs::write(world.path().join("fedns.yaml"), format!("{CONFIG}wrong: 1\n")).unwrap();
    }
    server.signal("TERM");
    manager.until("STOPPING=1");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_manager_that_is_gone_stops_nobody() {
    let world = world();
    let mut command = fedns(world.path());
    command.env("NOTIFY_SOCKET", world.path().join("nobody"));
    let mut server = Server::spawn(command);
    server.wait_for_all(&["ready: answers are complete", "service manager can not be told"]);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

/// The lines of the unit that name files of an installed system, with what is here.
fn unit(folder: &Path) -> std::path::PathBuf {
    let text = fs::read_to_string(path("deploy/systemd/fedns.service")).unwrap();
    let here = text.replace("/usr/bin/fedns", env!("CARGO_BIN_EXE_fedns"));
    let unit = folder.join("fedns.service");
    fs::write(&unit, here).unwrap();
    unit
}

#[test]
fn systemd_takes_the_unit_and_finds_it_confined() {
    if !real::have(&["systemd-analyze"]) {
        return;
    }
    let folder = real::folder();
    let unit = unit(folder.path());
    let analyze = |arguments: &[&str]| {
        printed(
            Command::new("systemd-analyze").args(arguments).arg(&unit).env("SYSTEMD_COLORS", "0"),
        )
    };
    analyze(&["verify", "--man=no"]);
    // Of 10; the threshold is in tenths of that.
    let said = analyze(&["security", "--offline=yes", "--threshold=20", "--no-pager"]);
    let (_, level) =
        said.split_once("Overall exposure level for fedns.service: ").expect("a level");
    let level: f64 = level.split(' ').next().unwrap().parse().unwrap();
    assert!(level <= 2.0, "{said}");
}
