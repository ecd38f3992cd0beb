//! One request to the admin address of a running server.
//!
//! In: a way to it, and a path. Out: the body, or that nobody is there.
//! Does not know what is asked, nor how the way was chosen.

use std::io::{self, ErrorKind, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::reach::{Url, Way};

/// How long a server may take for a connection, and for each piece of a body.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where events are followed: something comes every three seconds, whatever happens.
const FOLLOWED: Duration = Duration::from_secs(15);

/// No connection, and why.
pub(super) struct NobodyThere(pub(super) String);

/// What came of a connection that may not have come to be.
type Reached<T> = Result<T, NobodyThere>;

/// A connection of any kind.
trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) path: &'a str,
    /// Whether events are wanted as they happen, behind the one of this number.
    pub(super) events: Option<Option<u64>>,
    /// How long the server may take for each piece of a body.
    pub(super) patience: Duration,
}

impl<'a> Ask<'a> {
    /// For a document.
    pub(super) fn document(path: &'a str) -> Self {
        Self { path, events: None, patience: PATIENCE }
    }

    /// For events as they happen, behind the one of this number.
    pub(super) fn events(path: &'a str, last: Option<u64>) -> Self {
        Self { path, events: Some(last), patience: FOLLOWED }
    }
}

/// Asks for a path and writes its body as it comes.
///
/// # Errors
/// A server that is there and gives no good response, or ends before all of it has come.
pub(super) fn get(way: &Way, ask: Ask<'_>, out: &mut dyn Write) -> anyhow::Result<Reached<()>> {
    let mut request = request(way, Method::GET, ask.path, None)?;
    let headers = request.headers_mut();
    if let Some(last) = ask.events {
        headers.insert("accept", HeaderValue::from_static("text/event-stream"));
        last.into_iter().for_each(|last| _ = headers.insert("last-event-id", last.into()));
    }
    send(way, request, ask.patience, out)
}

/// Tells the server to do something; a token says who tells it.
///
/// # Errors
/// A server that is there and does not do it.
pub(super) fn post(way: &Way, path: &str, token: Option<&str>) -> anyhow::Result<Reached<()>> {
    if let (Way::Url(_), None) = (way, token) {
        bail!("that takes a token from elsewhere than its socket: say --token-file FILE");
    }
    send(way, request(way, Method::POST, path, token)?, PATIENCE, &mut io::sink())
}

fn request(
    way: &Way,
    method: Method,
    path: &str,
    token: Option<&str>,
) -> anyhow::Result<Request<Empty<Bytes>>> {
    let host = match way {
        Way::Socket(_) => "localhost",
        Way::Url(url) => &url.authority,
    };
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Empty::new()).context("the path can not be asked for")
}

fn send(
    way: &Way,
    request: Request<Empty<Bytes>>,
    patience: Duration,
    out: &mut dyn Write,
) -> anyhow::Result<Reached<()>> {
    let has_secret = request.headers().contains_key("authorization");
    let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let connecting = async {
            match way {
                Way::Socket(path) => connect_socket(path).await,
                Way::Url(url) => connect(url, has_secret).await,
            }
        };
        let late = || NobodyThere("no connection in time".to_owned());
        let stream = match timeout(PATIENCE, connecting).await.map_err(|_| late()) {
            Ok(connected) => connected?,
            Err(late) => Err(late),
        };
        let stream = match stream {
            Ok(stream) => stream,
            Err(nobody) => return Ok(Err(nobody)),
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let exchange = exchange(sender, way, request, patience, out);
        tokio::pin!(connection, exchange);
        tokio::select! {
            done = &mut exchange => done?,
            ended = connection => {
                ended?;
                exchange.await?;
            }
        }
        Ok(Ok(()))
    })
}

async fn connect_socket(path: &Path) -> anyhow::Result<Reached<Box<dyn Stream>>> {
    Ok(match UnixStream::connect(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(NobodyThere(format!(
            "{error}: it is for the user that the server runs as; run this as that user, or say \
             --server URL and --token-file FILE"
        ))),
        Err(error) => Err(NobodyThere(error.to_string())),
    })
}

/// Connects by TCP, and TLS where that is asked for. A secret does not leave this host without.
async fn connect(url: &Url, has_secret: bool) -> anyhow::Result<Reached<Box<dyn Stream>>> {
    let stream = match TcpStream::connect((url.host.as_str(), url.port)).await {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(NobodyThere(error.to_string()))),
    };
    if !url.is_tls {
        let peer: IpAddr = stream.peer_addr()?.ip().to_canonical();
        if has_secret && !peer.is_loopback() {
            bail!(
                "http://{}: a token is not sent without TLS to another host: take https",
                url.authority
            );
        }
        return Ok(Ok(Box::new(stream)));
    }
    let name = ServerName::try_from(url.host.clone());
    let name = name.with_context(|| format!("{} can not have a certificate", url.host))?;
    let failed = || format!("no TLS with https://{}", url.authority);
    let stream = tls()?.connect(name, stream).await.with_context(failed)?;
    Ok(Ok(Box::new(stream)))
}

/// TLS that trusts whom the system trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` count).
fn tls() -> anyhow::Result<TlsConnector> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()
        .context("this system has no authorities that could be trusted: set SSL_CERT_FILE")?
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn exchange(
    mut sender: SendRequest<Empty<Bytes>>,
    way: &Way,
    request: Request<Empty<Bytes>>,
    patience: Duration,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let late = || format!("{way} did not respond within {patience:?}");
    let response = timeout(patience, sender.send_request(request)).await.with_context(late)??;
    let status = response.status();
    let mut refusal = Vec::new();
    let mut body = response.into_body();
    while let Some(frame) = timeout(patience, body.frame()).await.with_context(late)? {
        if let Some(octets) = frame.context("the response ended early")?.data_ref() {
            let out = if status.is_success() { &mut *out } else { &mut refusal };
            out.write_all(octets)?;
        }
    }
    if !status.is_success() {
        bail!("{way} says {status}: {}", String::from_utf8_lossy(&refusal).trim());
    }
    Ok(())
}

/// A value in a query string: all but letters, digits and a few signs as `%XX`.
pub(super) fn escape(value: &str) -> String {
    let escaped = value.bytes().map(|octet| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(octet).into(),
        _ => format!("%{octet:02X}"),
    });
    escaped.collect()
}
