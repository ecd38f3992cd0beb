//! This machine's Debian as a place to install into: its files below, and what is written above them in memory, in
//! namespaces that go with the test. Nothing of the machine changes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{printed, real};

/// The root at $root, with a network of its own that has loopback alone; all of it ends with the script, in
/// which arguments begin at $1.
const BEGIN: &str = "set -e
root=/mnt/root
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work $root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work $root
mount -t proc proc $root/proc
mount --bind /dev $root/dev
mount -t tmpfs -o mode=1777 tmpfs $root/tmp
ip link set lo up
inside() { (become \"$@\"); }
become() { exec chroot $root env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ \"$@\"; }
";

/// Runs a script beside such a root.
fn script(text: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", "100", "unshare", "--mount", "--net", "--pid", "--fork"]);
    command.args(["--kill-child", "bash", "-c", &format!("{BEGIN}{text}"), "bash"]).args(arguments);
    command
}

/// Whether there may be such a root: who is not root makes none, and not every kernel lays folders over others.
pub(crate) fn is_here() -> bool {
    if !real::have(&["unshare", "chroot", "ip", "strip", "setpriv", "dpkg-deb"]) {
        return false;
    }
    let mut probe = script("inside dpkg --version", &[]);
    let is_here = probe.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success();
    if !is_here {
        real::skip("a root to install into: no overlay in a mount namespace (root may make them)");
    }
    is_here
}

/// The binary, without what debuggers read.
pub(crate) fn binary(folder: &Path) -> PathBuf {
    let stripped = folder.join("fedns");
    printed(Command::new("strip").arg("-o").arg(&stripped).arg(env!("CARGO_BIN_EXE_fedns")));
    stripped
}

/// What a script said that ran beside such a root.
pub(crate) fn run(text: &str, arguments: &[&Path]) -> Output {
    script(text, arguments).output().unwrap()
}
