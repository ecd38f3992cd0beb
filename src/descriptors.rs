//! Descriptors: how many files and sockets the process may have open at a time, and who may have how
//! many. Clusters and files come first; connections of strangers get what is left.
//!
//! In: the system's limit, and what is needed. Out: shares. Does not know what is opened, or why.

use std::fs::File;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The runtime's own, standard streams, the log, the configuration, and one at each listener that is
/// about to be given to somebody or closed.
const OWN: usize = 32;
/// The state folder: its lock, a file, the one before it, the folder itself.
const STATE: usize = 4;
/// Fewer connections than these are worth a word.
const LITTLE: usize = 256;
/// DNS is never without TCP (RFC 7766, section 5), however little is left.
const LEAST: usize = 2;

/// What an API server takes beside its feeds: the probe, files of credentials, a program's pipes.
const SERVER: usize = 4;
/// What a manifest folder takes: three of the system's to hear of changes, one to look, one to read.
const FOLDER: usize = 5;

/// Raises the limit of this process as far as it may be raised; gives what it is then, `None` where
/// there is none.
pub fn raise() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Where the system as a whole allows less, this is refused, and the limit stays as it is.
    _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok())
}

/// Whether a file can not be opened because there are no more descriptors.
pub fn are_gone(path: &Path) -> bool {
    let error = File::open(path).err().and_then(|error| error.raw_os_error());
    let gone = [Errno::MFILE, Errno::NFILE];
    error.is_some_and(|error| gone.contains(&Errno::from_raw_os_error(error)))
}

/// What an API server takes of which `feeds` kinds and namespaces are followed.
pub fn of_server(feeds: usize) -> usize {
    feeds + SERVER
}

/// What a manifest folder takes.
pub fn of_folder() -> usize {
    FOLDER
}

/// What a hostname takes while a resolver is asked for it: a socket for each family of addresses, and one
/// for a question that is sent again.
const LOOKUP: usize = 3;

/// How the descriptors are shared out, apart from clusters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shares {
    /// Those of the admin address.
    pub admin: AdminShare,
    /// Those of the admin socket.
    pub socket: AdminShare,
    /// Hostnames that are asked for at a time.
    pub lookups: usize,
    most: Option<usize>,
}

/// How many connections a listener of the admin address or socket may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AdminShare {
    /// Those that ask and go.
    pub connections: usize,
    /// Those whose response stays open, besides.
    pub streams: usize,
}

impl AdminShare {
    fn total(self) -> usize {
        self.connections + self.streams
    }
}

/// What is left for TCP connections of DNS clients.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Left {
    /// How many there may be.
    pub connections: usize,
    /// The limit that it would take to have as many as are wanted, where these are few.
    pub too_few: Option<usize>,
}

impl Shares {
    /// The shares of a process that may have `most` descriptors; `None`: as many as it wants.
    pub fn of(most: Option<usize>) -> Self {
        let part = |one_in: usize, least: usize, full: usize| {
            most.map_or(full, |most| (most / one_in).clamp(least, full))
        };
        Self {
            admin: AdminShare { connections: part(16, 4, 64), streams: part(64, 1, 16) },
            socket: AdminShare { connections: part(64, 2, 16), streams: part(256, 1, 4) },
            lookups: part(32, 4, 32),
            most,
        }
    }

    /// The limit of the process.
    pub fn most(&self) -> Option<usize> {
        self.most
    }

    /// What is left of `wanted` connections, beside `listeners` and what `clusters` take.
    pub fn left(&self, listeners: usize, clusters: usize, wanted: usize) -> Left {
        let Self { admin, socket, lookups, .. } = self;
        let clients = admin.total() + socket.total() + listeners;
        let taken = OWN + STATE + lookups * LOOKUP + clusters + clients;
        let rest = self.most.map_or(wanted, |most| most.saturating_sub(taken));
        let connections = rest.clamp(LEAST, wanted.max(LEAST));
        let is_little = connections < LITTLE.min(wanted);
        // With a higher limit the admin address and socket would get more too.
        let full = Self::of(None);
        let more = full.admin.total() - admin.total() + full.socket.total() - socket.total();
        let enough = taken + more + (full.lookups - lookups) * LOOKUP + wanted;
        Left { connections, too_few: is_little.then_some(enough) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_come_first_and_connections_get_what_is_left() {
        let left = |most, clusters| Shares::of(most).left(6, clusters, 1024);
        assert_eq!(left(None, 10_000), Left { connections: 1024, too_few: None });
        assert_eq!(left(Some(4096), 100), Left { connections: 1024, too_few: None });
        // The limit that is told to be enough is enough.
        for (most, clusters) in [(32, 5), (64, 5), (128, 5), (128, 500), (256, 20), (1024, 700)] {
            let it = left(Some(most), clusters);
            assert!(it.connections >= LEAST && it.connections < LITTLE, "{most}: {it:?}");
            let enough = it.too_few.expect("few");
            assert_eq!(left(Some(enough), clusters).connections, 1024, "{most}: {enough}");
            let less = left(Some(enough - 1), clusters).connections;
            assert!(less < 1024, "{most}: {enough} is more than it takes");
        }
        let before = left(Some(1024), 100).connections;
        assert_eq!(left(Some(1024), 180).connections, before - 80);
    }

    #[test]
    fn shares_are_never_more_than_there_is_where_that_is_enough_for_anything() {
        for most in 128..2000 {
            let shares = Shares::of(Some(most));
            let left = shares.left(4, 5, 1024);
            let sum = shares.admin.total() + shares.socket.total();
            let sum = sum + shares.lookups * LOOKUP + OWN + STATE + 4 + 5 + left.connections;
            assert!(sum <= most, "{most}: {sum}");
        }
    }
}
