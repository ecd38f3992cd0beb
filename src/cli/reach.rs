//! How a running server is reached: over its unix socket, or by a URL.
//!
//! In: what the command line and the configuration say. Out: ways, in the order in which they are
//! tried. Does not know what is asked.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use hyper::Uri;
use hyper::http::uri::Scheme;

use crate::config::{Admin, Chosen};

/// Who is asked.
#[derive(Args, Debug, Default)]
pub(super) struct Source {
    /// Do not ask a running server
    #[arg(long)]
    pub(super) offline: bool,
    #[command(flatten)]
    pub(super) reach: Reach,
}

/// Which server is asked; else that of the configuration.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Reach {
    /// Ask the server at this unix socket
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,
    /// Ask the server at this URL, such as https://fedns.example.com
    #[arg(long, env = "FEDNS_SERVER", hide_env_values = true, value_name = "URL")]
    pub(super) server: Option<String>,
}

/// What lets whoever is not at the socket change something.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Bearer {
    /// Not over the socket: with the token in this file
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A way to a server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// A unix socket of this host.
    Socket(PathBuf),
    /// HTTP or HTTPS.
    Url(Url),
}

/// Where HTTP is spoken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Url {
    /// Whether TLS stands before it.
    pub(super) is_tls: bool,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// As it was written, for `Host`.
    pub(super) authority: String,
}

/// The ways of reading, and of changing something.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ways {
    pub(super) to_read: Vec<Way>,
    pub(super) to_change: Vec<Way>,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(&url.authority),
        }
    }
}

impl Reach {
    /// Whether the command line alone says which server is asked.
    pub(super) fn is_said(&self) -> bool {
        self.socket.is_some() || self.server.is_some()
    }

    /// The ways that the command line says, else those to the server of a configuration.
    ///
    /// # Errors
    /// A URL that can not be used.
    pub(super) fn ways(&self, configured: Option<&Admin>, has_token: bool) -> anyhow::Result<Ways> {
        let said = match (&self.socket, &self.server) {
            (Some(path), _) => Some(Way::Socket(path.clone())),
            (None, Some(url)) => Some(Way::Url(Url::parse(url)?)),
            (None, None) => None,
        };
        if let Some(way) = said {
            return Ok(Ways { to_read: vec![way.clone()], to_change: vec![way] });
        }
        Ok(configured.map(|admin| of_config(admin, has_token)).unwrap_or_default())
    }
}

impl Bearer {
    /// The token.
    ///
    /// # Errors
    /// A file that can not be read or holds none.
    pub(super) fn token(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("{shown} can not be read"))?;
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
        // As in the server's own file, a name may stand before it.
        let token = line.and_then(|line| line.split_whitespace().next_back());
        let token = token.filter(|token| token.bytes().all(|octet| octet.is_ascii_graphic()));
        Ok(Some(token.with_context(|| format!("{shown} holds no token"))?.to_owned()))
    }
}

/// The ways to the server of a configuration. A socket at the place that every server takes may be
/// another server's, so the address is asked before it.
fn of_config(admin: &Admin, has_token: bool) -> Ways {
    let address = admin.listen.map(|address| Way::Url(Url::of(address)));
    let socket = admin.socket.as_ref();
    let way = |path: &Path| Way::Socket(path.into());
    let own = socket.filter(|it| it.chosen != Chosen::ByDefault || address.is_none());
    let to_read = own.map(|it| way(&it.path)).into_iter().chain(address.clone()).collect();
    let by_token = address.filter(|_| has_token);
    let to_change = match by_token {
        Some(address) => vec![address],
        None => socket.map(|it| way(&it.path)).into_iter().collect(),
    };
    Ways { to_read, to_change }
}

impl Url {
    /// That of an address; one that stands for all addresses is reached over loopback.
    fn of(address: SocketAddr) -> Self {
        let mut reached = address;
        if address.ip().is_unspecified() {
            let loopback = if address.is_ipv4() { "127.0.0.1" } else { "::1" };
            reached.set_ip(loopback.parse().unwrap_or(address.ip()));
        }
        let (host, port) = (reached.ip().to_string(), reached.port());
        Self { is_tls: false, host, port, authority: reached.to_string() }
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let wrong = |why: &str| {
            format!("--server {text}: {why}; write it as https://HOST or http://127.0.0.1:9153")
        };
        let Ok(uri) = text.parse::<Uri>() else { bail!(wrong("this is no URL")) };
        let is_tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => bail!(wrong("it does not begin with https:// or http://")),
        };
        let Some(authority) = uri.authority().filter(|it| !it.host().is_empty()) else {
            bail!(wrong("it has no host"))
        };
        if authority.as_str().contains('@') {
            bail!(wrong("a user and password are not taken"));
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            bail!(wrong("a path is not taken"));
        }
        let is_plain = authority.port_u16().is_some() || authority.as_str() == authority.host();
        if !is_plain {
            bail!(wrong("its port is none"));
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Ok(Self {
            is_tls,
            host: bare.to_owned(),
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: authority.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AdminSocket;

    #[test]
    fn urls_are_read_whole_or_refused() {
        for (text, is_tls, host, port) in [
            ("http://127.0.0.1:9153", false, "127.0.0.1", 9153),
            ("http://[::1]:9153/", false, "::1", 9153),
            ("https://fedns.example.com", true, "fedns.example.com", 443),
            ("http://localhost", false, "localhost", 80),
        ] {
            let url = Url::parse(text).expect(text);
            assert_eq!((url.is_tls, url.host.as_str(), url.port), (is_tls, host, port));
        }
        for text in [
            "",
            "localhost:9153",
            "127.0.0.1",
            "ftp://x",
            "https://",
            "https://ada:pw@x",
            "https://x/fedns",
            "https://x?y",
            "https://x:99999",
            "https://x:",
        ] {
            let error = Url::parse(text).expect_err(text).to_string();
            assert!(error.contains("write it as https://HOST"), "{error}");
        }
    }

    #[test]
    fn what_changes_something_goes_over_the_socket_and_never_without_a_token_elsewhere() {
        let admin = |listen: Option<&str>, chosen| Admin {
            listen: listen.map(|it| it.parse().expect("an address")),
            hosts: Vec::new(),
            token_file: None,
            socket: Some(AdminSocket { path: "s".into(), chosen }),
        };
        let shown = |ways: Ways| {
            [ways.to_read, ways.to_change]
                .map(|ways| ways.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        let all = Some("0.0.0.0:9153");
        let here = "127.0.0.1:9153";
        for (admin, has_token, to_read, to_change) in [
            (admin(all, Chosen::ByFile), false, &*format!("s {here}"), "s"),
            (admin(all, Chosen::ByStateDir), true, &*format!("s {here}"), here),
            (admin(all, Chosen::ByDefault), false, here, "s"),
            (admin(None, Chosen::ByDefault), true, "s", "s"),
            (Admin { socket: None, ..admin(all, Chosen::ByFile) }, false, here, ""),
        ] {
            assert_eq!(shown(of_config(&admin, has_token)), [to_read, to_change], "{admin:?}");
        }
    }
}
