//! The admin address and the admin socket, as listeners.
//!
//! In: where they are to be. Out: both served until the end. An address, and a socket that the file
//! names, are bound at the start or end it; a socket in the state folder is tried until it can be had.
//! Beside a process that this one replaces both are bound when that one has let them go.
//! Does not know what is shown there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::admin::{Access, Admin, Limits, SocketError, Sources, Tokens};
use crate::clusters::watch_stats::WatchStats;
use crate::config::{self, AdminSocket, Chosen};
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::dns::BindError;

/// How often an address or socket that another process has is tried.
const KNOCK: Duration = Duration::from_millis(100);
/// How often a socket is tried that can not be had.
const RETRY: Duration = Duration::from_secs(2);

/// What the address and the socket may take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AdminLimits {
    pub(super) address: Limits,
    pub(super) socket: Limits,
}

/// The admin address and socket, bound or to be bound.
pub(super) struct AdminListeners {
    wanted: config::Admin,
    access: Access,
    limits: AdminLimits,
    stats: WatchStats,
    address: Option<Admin>,
    socket: Option<Admin>,
}

impl AdminListeners {
    /// Those that are wanted, not bound yet. What is wrong with them is shown in `stats`.
    pub(super) fn new(wanted: config::Admin, limits: AdminLimits, stats: WatchStats) -> Self {
        let tokens = wanted.token_file.as_deref();
        let tokens = tokens.map(|path| Arc::new(Tokens::of(path, stats.clone())));
        let access = Access { hosts: wanted.hosts.clone(), tokens };
        Self { wanted, access, limits, stats, address: None, socket: None }
    }

    /// Binds both.
    pub(super) fn bind(&mut self) -> anyhow::Result<()> {
        self.address = self.wanted.listen.map(|address| self.bind_address(address)).transpose()?;
        let Some(socket) = &self.wanted.socket else { return Ok(()) };
        match (self.bind_socket(socket), socket.chosen) {
            (Ok(bound), _) => self.socket = Some(bound),
            (Err(error), Chosen::ByFile) => return Err(error.into()),
            (Err(error), Chosen::ByStateDir) => self.complain(socket, &error),
            (Err(error), Chosen::ByDefault) => {
                tracing::info!(
                    "there is no admin socket: {error}. `stateDir` or `admin.socket` gives it a \
                     place; without one, what changes something takes a token"
                );
                self.wanted.socket = None;
            }
        }
        Ok(())
    }

    fn bind_address(&self, address: SocketAddr) -> Result<Admin, BindError> {
        let bound = Admin::bind(address)?;
        Ok(bound.with_access(self.access.clone()).with_limits(self.limits.address))
    }

    fn bind_socket(&self, socket: &AdminSocket) -> Result<Admin, SocketError> {
        Ok(Admin::bind_socket(&socket.path)?.with_limits(self.limits.socket))
    }

    fn complain(&self, socket: &AdminSocket, error: &SocketError) {
        let subject = Subject::Socket(socket.path.display().to_string().into());
        let flaw = Flaw::SocketUnusable(error.to_string().into());
        for (subject, flaw) in self.stats.show_own("admin socket", vec![(subject, flaw)]) {
            tracing::warn!("{}", Complaint { cluster: None, subject, flaw });
        }
    }

    /// Serves both until `stop`.
    ///
    /// # Errors
    /// An address that can not be bound when another process has let it go.
    pub(super) async fn run(
        mut self,
        sources: Sources,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let (address, socket) = (self.address.take(), self.socket.take());
        let of_address = async {
            let admin = match (address, self.wanted.listen) {
                (Some(bound), _) => Some(bound),
                (None, Some(address)) => {
                    stop.run_until_cancelled(self.knock(address)).await.transpose()?
                }
                (None, None) => None,
            };
            if let Some(admin) = admin {
                tracing::info!("listening on http {}", admin.place());
                admin.run(sources.clone(), stop.clone()).await;
            }
            anyhow::Ok(())
        };
        let of_socket = async {
            let admin = match (socket, &self.wanted.socket) {
                (Some(bound), _) => Some(bound),
                (None, Some(socket)) => {
                    stop.run_until_cancelled(self.knock_at_socket(socket)).await
                }
                (None, None) => None,
            };
            if let Some(admin) = admin {
                tracing::info!("listening on admin socket {}", admin.place());
                admin.run(sources.clone(), stop.clone()).await;
            }
            anyhow::Ok(())
        };
        let of_tokens = async {
            if let Some(tokens) = &self.access.tokens {
                tokens.follow(stop.clone()).await;
            }
            anyhow::Ok(())
        };
        tokio::try_join!(of_socket, of_address, of_tokens)?;
        // Also where there is nothing of all this: a task does not end before it is told to.
        stop.cancelled().await;
        Ok(())
    }

    /// Binds the admin address as soon as nobody else has it.
    async fn knock(&self, address: SocketAddr) -> Result<Admin, BindError> {
        loop {
            match self.bind_address(address) {
                Err(error) if error.reason.kind() == io::ErrorKind::AddrInUse => {
                    sleep(KNOCK).await;
                }
                bound => return bound,
            }
        }
    }

    /// Binds the socket as soon as it can be had.
    async fn knock_at_socket(&self, socket: &AdminSocket) -> Admin {
        loop {
            match self.bind_socket(socket) {
                Ok(bound) => {
                    self.stats.show_own("admin socket", Vec::new());
                    return bound;
                }
                Err(error) if error.is_taken() => sleep(KNOCK).await,
                Err(error) => {
                    self.complain(socket, &error);
                    sleep(RETRY).await;
                }
            }
        }
    }
}
