//! A network of a test's own, in which it has every address and port 53, and sees nothing of the machine's.

use std::process::{Command, Stdio};
use std::thread;

use nix::sched::{CloneFlags, unshare};

use super::{find, have, skip};

/// Names the test that is inside of its network.
const INSIDE: &str = "FEDNS_TEST_NETWORK";

/// No test takes as many seconds, on whatever machine.
const LIMIT: &str = "300";

/// Root makes namespaces as it is; others become root inside of a user namespace, where the kernel lets them.
const NAMESPACES: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];

/// Runs a test in a network namespace with these addresses (`2001:db8::1/128`) beside 127.0.0.1: the test
/// runs itself once more there, by its name with its modules (`delegation::bind_follows`), and does its
/// work in that process. What that process leaves behind ends with it: it is the first one of a process
/// namespace.
pub fn in_own_network(test: &str, addresses: &[&str], work: impl FnOnce()) {
    if std::env::var(INSIDE).is_ok_and(|name| name == test) {
        bring_up(addresses);
        return work();
    }
    if !have(&["unshare", "ip"]) {
        return;
    }
    let ip = find("ip").unwrap();
    // The last address tells of the family: a kernel may lack IPv6.
    let probe = |user: &&[&str]| {
        let mut up = namespace(user);
        up.arg(&ip).args(["address", "add", addresses.last().unwrap(), "dev", "lo"]);
        up.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let Some(user) = NAMESPACES.into_iter().find(probe) else {
        return skip(&format!(
            "{test}: no network namespace with {addresses:?} (root may make them)"
        ));
    };
    let output = namespace(user)
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, test)
        .output()
        .unwrap();
    let [told, complained] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    // A name that no test has would run none, and succeed.
    let has_run = output.status.success() && told.contains("1 passed");
    assert!(has_run, "{test}: {}\n{told}\n{complained}", output.status);
}

/// Does something in a network beside the test's own, which is there for as long as a socket of it is.
pub fn beside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let work = || {
        // It is the thread's alone, and that of the programs that it starts.
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        work()
    };
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

fn namespace(user: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", LIMIT]).arg(find("unshare").unwrap());
    command.args(user).args(["--net", "--pid", "--fork", "--kill-child"]);
    command
}

fn bring_up(addresses: &[&str]) {
    ip(&["link", "set", "lo", "up"]);
    for address in addresses {
        // RFC 4862, section 5.4: an address of IPv6 is tentative until nobody else is found to have it,
        // and no socket can be bound to it before. Nobody else is on loopback, but the kernel sees that
        // in a task of its own, which may come later than who binds.
        let is_sure: &[&str] = if address.contains(':') { &["nodad"] } else { &[] };
        ip(&[&["address", "add", address, "dev", "lo"], is_sure].concat());
    }
}

pub fn ip(arguments: &[&str]) {
    let status = Command::new(find("ip").unwrap()).args(arguments).status().unwrap();
    assert!(status.success(), "ip {arguments:?}: {status}");
}
