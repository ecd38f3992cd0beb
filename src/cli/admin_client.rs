//! One request to the admin address of a running server.
//!
//! In: the configured address and a path. Out: the body, or that nobody is there.
//! Does not know what is asked.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::admin::OPERATOR;

/// How long a server on this network may take for a connection, and for each piece of a body.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of asking.
pub(super) enum Asked {
    /// The body of a good response.
    Answered(Vec<u8>),
    /// No connection, and why.
    NobodyThere(String),
}

/// Asks for a path.
///
/// # Errors
/// A server that is there and gives no good response.
pub(super) fn get(admin: SocketAddr, path: &str) -> anyhow::Result<Asked> {
    let mut body = Vec::new();
    Ok(match get_to(admin, path, &mut body)? {
        None => Asked::Answered(body),
        Some(why) => Asked::NobodyThere(why),
    })
}

/// Asks for a path and writes its body as it comes; says why, where nobody is there.
///
/// # Errors
/// A server that is there and gives no good response, or ends before all of it has come.
pub(super) fn get_to(
    admin: SocketAddr,
    path: &str,
    out: &mut dyn Write,
) -> anyhow::Result<Option<String>> {
    send(Method::GET, admin, path, out)
}

/// Tells the server to do something; says why, where nobody is there.
///
/// # Errors
/// A server that is there and does not do it.
pub(super) fn post(admin: SocketAddr, path: &str) -> anyhow::Result<Option<String>> {
    send(Method::POST, admin, path, &mut std::io::sink())
}

fn send(
    method: Method,
    admin: SocketAddr,
    path: &str,
    out: &mut dyn Write,
) -> anyhow::Result<Option<String>> {
    let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let stream = match timeout(PATIENCE, TcpStream::connect(reachable(admin))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Ok(Some(error.to_string())),
            Err(_) => return Ok(Some("no connection in time".to_owned())),
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", admin.to_string())
            .header(OPERATOR, "yes")
            .body(Empty::new())
            .context("the path can not be asked for")?;
        let exchange = exchange(sender, admin, request, out);
        tokio::pin!(connection, exchange);
        tokio::select! {
            done = &mut exchange => done?,
            ended = connection => {
                ended?;
                exchange.await?;
            }
        }
        Ok(None)
    })
}

async fn exchange(
    mut sender: SendRequest<Empty<Bytes>>,
    admin: SocketAddr,
    request: Request<Empty<Bytes>>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let late = || format!("{admin} did not respond within {PATIENCE:?}");
    let response = timeout(PATIENCE, sender.send_request(request)).await.with_context(late)??;
    let status = response.status();
    let mut refusal = Vec::new();
    let mut body = response.into_body();
    while let Some(frame) = timeout(PATIENCE, body.frame()).await.with_context(late)? {
        if let Some(octets) = frame.context("the response ended early")?.data_ref() {
            let out = if status.is_success() { &mut *out } else { &mut refusal };
            out.write_all(octets)?;
        }
    }
    if !status.is_success() {
        bail!("{admin} says {status}: {}", String::from_utf8_lossy(&refusal).trim());
    }
    Ok(())
}

/// A server that listens on all addresses is reached over loopback.
fn reachable(admin: SocketAddr) -> SocketAddr {
    match admin.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, admin.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, admin.port()).into(),
        _ => admin,
    }
}

/// A value in a query string: all but letters, digits and a few signs as `%XX`.
pub(super) fn escape(value: &str) -> String {
    let escaped = value.bytes().map(|octet| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(octet).into(),
        _ => format!("%{octet:02X}"),
    });
    escaped.collect()
}
