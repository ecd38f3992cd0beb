//! Admin: where operators look, and who may change something there.
//!
//! In: `admin`, `stateDir`, and the address that was found free for it. Out: the same with defaults
//! and resolved paths; a socket whose path the system can not take is a fault.
//! Does not know sockets or tokens.

use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::config::defaults;
use crate::config::fault::Fault;
use crate::config::folder::Folder;
use crate::config::read::Notes;
use crate::config::resolved::{Admin, AdminSocket, Chosen};
use crate::config::spec::{Admin as AdminSpec, Spec};

/// Octets that the path of a unix socket may have: `sun_path` of unix(7), without its final zero.
const MOST_OCTETS: usize = 107;

/// What the file says of the admin address and socket.
pub(super) fn lower(
    spec: &Spec,
    listen: Option<SocketAddr>,
    folder: &Folder<'_>,
    notes: &mut Notes,
) -> Admin {
    let none = AdminSpec::default();
    let admin = spec.admin.value().unwrap_or(&none);
    let hosts = admin.hosts.items().iter().map(|host| host.value.0.clone());
    Admin {
        listen,
        hosts: hosts.collect(),
        token_file: admin.token_file.value().map(|file| folder.resolve(file)),
        socket: socket(admin, spec, folder, notes),
    }
}

fn socket(
    admin: &AdminSpec,
    spec: &Spec,
    folder: &Folder<'_>,
    notes: &mut Notes,
) -> Option<AdminSocket> {
    if let Some(at) = admin.socket.at() {
        let path = folder.resolve(at.value.0.as_deref()?);
        if let Some(octets) = too_long(&path) {
            let title = format!("admin.socket: its path has {octets} octets");
            let fault = Fault::at(&at.span, title).label(format!("at most {MOST_OCTETS}"));
            notes.fault(fault.help(
                "take a shorter one: a relative path is joined to the path of this file as it \
                 was given, and that counts too",
            ));
        }
        return Some(AdminSocket { path, chosen: Chosen::ByFile });
    }
    let Some(at) = spec.state_dir.at() else {
        let path = defaults::SOCKET.into();
        return Some(AdminSocket { path, chosen: Chosen::ByDefault });
    };
    let path = folder.resolve(&at.value).join(defaults::SOCKET_NAME);
    if let Some(octets) = too_long(&path) {
        let name = defaults::SOCKET_NAME;
        let text = format!(
            "there is no admin socket: `{name}` below `stateDir` would have a path of {octets} \
             octets, and {MOST_OCTETS} are the most; give a shorter one as `admin.socket`"
        );
        notes.warn(&at.span, text);
        return None;
    }
    Some(AdminSocket { path, chosen: Chosen::ByStateDir })
}

/// How many octets a path has, where these are too many.
fn too_long(path: &Path) -> Option<usize> {
    let octets = path.as_os_str().as_bytes().len();
    (octets > MOST_OCTETS).then_some(octets)
}
