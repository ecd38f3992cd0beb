//! The unix socket of the admin address.
//!
//! In: a path. Out: a listener there that only its owner can reach. Whoever listens holds a lock
//! beside it (flock), so that what a process left that is dead is replaced, and what a living one
//! has is not. Does not know requests.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
#[cfg(target_os = "linux")]
use rustix::fs::{Mode, fchmod};
use socket2::{Domain, SockAddr, Socket as RawSocket, Type};
use tokio::net::UnixListener;

/// What its owner may do, and nobody else.
const OWNER: u32 = 0o600;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 128;

/// A socket that can not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on the admin socket {path}: {reason}", path = .path.display())]
pub struct SocketError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("another process listens there; stop it or give another path as `admin.socket`")]
    Taken,
    #[error("something else is there that is no socket; give another path as `admin.socket`")]
    NoSocket,
    #[error("{0}")]
    System(#[from] io::Error),
}

impl SocketError {
    /// Whether another process has it.
    pub fn is_taken(&self) -> bool {
        matches!(self.reason, Reason::Taken)
    }
}

/// A socket that is listened on. It is removed when this is dropped, before the next process
/// can get it.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) listener: UnixListener,
    pub(super) path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
    /// Let go last.
    _lock: File,
}

impl Socket {
    /// Listens at `path`. To be called in a runtime.
    pub(super) fn bind(path: &Path) -> Result<Self, SocketError> {
        Self::try_bind(path).map_err(|reason| SocketError { path: path.into(), reason })
    }

    fn try_bind(path: &Path) -> Result<Self, Reason> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let lock = lock(path)?;
        remove_stale(path)?;
        let socket = RawSocket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        // On Linux the file is born with the mode of the socket (unix(7)) less what the umask takes, and
        // nowhere can anybody connect before there is a listener.
        #[cfg(target_os = "linux")]
        fchmod(&socket, Mode::from_raw_mode(OWNER)).map_err(io::Error::from)?;
        socket.bind(&SockAddr::unix(path)?)?;
        fs::set_permissions(path, Permissions::from_mode(OWNER))?;
        socket.listen(BACKLOG)?;
        let metadata = fs::symlink_metadata(path)?;
        Ok(Self {
            listener: UnixListener::from_std(socket.into())?,
            path: path.into(),
            identity: (metadata.dev(), metadata.ino()),
            _lock: lock,
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let now = fs::symlink_metadata(&self.path).map(|it| (it.dev(), it.ino()));
        if now.is_ok_and(|identity| identity == self.identity) {
            // What can not be removed is replaced by the next process.
            _ = fs::remove_file(&self.path);
        }
    }
}

/// The lock of a socket: a file beside it.
fn lock(path: &Path) -> Result<File, Reason> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(OWNER);
    let lock = options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(name)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Reason::Taken),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes a socket that nobody listens on.
fn remove_stale(path: &Path) -> Result<(), Reason> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.file_type().is_socket() {
        return Err(Reason::NoSocket);
    }
    let socket = RawSocket::new(Domain::UNIX, Type::STREAM, None)?;
    // A listener that has too many waiting for it is there too.
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Ok(fs::remove_file(path)?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error.into()),
        _ => Err(Reason::Taken),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener as Listener, UnixStream};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn it_is_its_owners_alone_and_goes_with_who_listens() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("made/admin.sock");
        let socket = Socket::bind(&path).expect("a socket");
        assert_eq!(mode(&path), 0o600);
        assert!(UnixStream::connect(&path).is_ok());
        let error = Socket::bind(&path).expect_err("it is taken");
        assert!(error.is_taken(), "{error}");
        assert!(UnixStream::connect(&path).is_ok(), "and still there");
        drop(socket);
        assert!(!path.exists());
        assert!(Socket::bind(&path).is_ok());
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_replaced_and_what_a_living_one_has_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("admin.sock");
        let other = Listener::bind(&path).expect("a socket");
        let error = Socket::bind(&path).expect_err("it is taken");
        assert!(error.is_taken() && error.to_string().contains("another process"), "{error}");
        drop(other);
        assert!(path.exists(), "it is left behind");
        let socket = Socket::bind(&path).expect("nobody listens");
        // Somebody removes it, and another one is there: that is not ours to remove.
        fs::remove_file(&path).expect("it is there");
        let _other = Listener::bind(&path).expect("a socket");
        drop(socket);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn a_file_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("admin.sock");
        fs::write(&path, "precious").expect("room");
        let error = Socket::bind(&path).expect_err("it is no socket");
        assert!(!error.is_taken() && error.to_string().contains("no socket"), "{error}");
        assert_eq!(fs::read(&path).expect("it is there"), b"precious");
    }
}
