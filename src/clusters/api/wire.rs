//! Route: one connection to an API server, on which one thing is asked after the other.
//!
//! In: how a server is reached. Out: [`Wire`]; requests in, heads and bodies out. A connection that
//! has ended is replaced before the next request, also where the server ended it between two of them:
//! who has to know that one server answered both compares [`Wire::connections`]. What a connection
//! holds is small: there are four for each cluster.
//! Does not know what is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use kube::Config;
use kube::client::ConfigExt;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tower::util::{BoxCloneSyncService, BoxService};
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::decompression::DecompressionLayer;

use super::proxy::{self, Proxy};
use crate::confine::{Panic, again, caught};

/// An error of a connection, in its own words.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;
/// The body of a response.
pub(super) type Body = UnsyncBoxBody<Bytes, Cause>;
/// The body of a request: there is none.
type Nothing = Empty<Bytes>;

/// Most that a connection reads at once, in octets; the longest head too. It stays taken as long as
/// the connection lives, which for a watch is always: the library's own 400 KiB were, with 100
/// watches, as much memory as all facts.
const MOST_READ: usize = 32 << 10;

/// How long a connection may take to end on which nothing can be asked any more.
const ENDING: Duration = Duration::from_secs(1);

/// Octets in and out, over TCP or TLS.
trait Octets: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Octets for T {}

type Dial = BoxCloneSyncService<Uri, Box<dyn Octets>, Cause>;

/// How a server is reached: from here wires come.
#[derive(Clone)]
pub(super) struct Route {
    dial: Dial,
    config: Arc<Config>,
    patience: Duration,
}

impl Route {
    /// Route as `config` says; a connection has to be there within `patience`. Reads the
    /// authorities of this host where the server's own is not given, so it may take a while.
    ///
    /// # Errors
    /// What is wrong with the configuration, before anything is asked.
    pub(super) fn new(config: Config, patience: Duration) -> Result<Self, kube::Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let proxy = config.proxy_url.as_ref().map(proxy::read).transpose()?;
        let dial = match proxy {
            None => secured(&config, tcp)?,
            Some(Proxy::Socks { at, user }) => {
                let socks = SocksV5::new(at, tcp);
                secured(
                    &config,
                    match user {
                        Some((name, password)) => socks.with_auth(name, password),
                        None => socks,
                    },
                )?
            }
            Some(Proxy::Http { at, authorization, is_secured: false }) => {
                secured(&config, authorized(Tunnel::new(at, tcp), authorization))?
            }
            Some(Proxy::Http { at, authorization, is_secured: true }) => {
                let tls = config.rustls_https_connector_with_connector(tcp)?;
                secured(&config, authorized(Tunnel::new(at, tls), authorization))?
            }
        };
        let route = Self { dial, config: Arc::new(config), patience };
        route.wire()?;
        Ok(route)
    }

    /// A wire on which nothing was asked yet.
    ///
    /// # Errors
    /// What is wrong with the configuration; none where [`Route::new`] found nothing.
    pub(super) fn wire(&self) -> Result<Wire, kube::Error> {
        let (dial, patience) = (self.dial.clone(), self.patience);
        let made = Arc::<AtomicU64>::default();
        let plug = Plug { dial, patience, connection: Arc::default(), made: made.clone() };
        let layers = ServiceBuilder::new()
            .layer(self.config.base_uri_layer())
            .layer(DecompressionLayer::new())
            .option_layer(self.config.auth_layer()?)
            .layer(self.config.extra_headers_layer()?);
        let asked = layers.service(plug).map_err(Into::into);
        let asked = asked
            .map_response(|response| response.map(|body| body.map_err(Into::into).boxed_unsync()));
        Ok(Wire { asked: asked.boxed(), made })
    }
}

fn authorized<C>(tunnel: Tunnel<C>, authorization: Option<HeaderValue>) -> Tunnel<C> {
    match authorization {
        Some(value) => tunnel.with_auth(value),
        None => tunnel,
    }
}

/// Over what `connector` gives there is TLS where the server's address says so.
fn secured<C>(config: &Config, connector: C) -> Result<Dial, kube::Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + hyper_util::client::legacy::connect::Connection,
    C::Response: Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Cause>,
{
    let tls = config.rustls_https_connector_with_connector(connector)?;
    let octets = tls.map_response(|octets| -> Box<dyn Octets> { Box::new(octets) });
    Ok(BoxCloneSyncService::new(octets))
}

/// One connection at a time.
pub(super) struct Wire {
    asked: BoxService<Request<Nothing>, Response<Body>, Cause>,
    made: Arc<AtomicU64>,
}

impl Wire {
    /// Sends a request without a body; gives the response once its head has come.
    ///
    /// # Errors
    /// There was no connection, or it broke.
    pub(super) async fn ask(&mut self, request: Request<()>) -> Result<Response<Body>, Cause> {
        let request = request.map(|()| Nothing::new());
        self.asked.ready().await?.call(request).await
    }

    /// How many connections there have been: as long as it stays the same, one server answers.
    pub(super) fn connections(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// What stands below the layers of a wire.
#[derive(Clone)]
struct Plug {
    dial: Dial,
    patience: Duration,
    connection: Arc<Mutex<Option<Connection>>>,
    made: Arc<AtomicU64>,
}

/// A connection, which ends with this value.
struct Connection {
    requests: SendRequest<Nothing>,
    task: AbortOnDropHandle<Result<(), Panic>>,
}

impl Connection {
    /// Looks how a connection ended on which nothing can be asked any more.
    ///
    /// # Panics
    /// Where the connection did: else nobody would know.
    async fn look_back(self) {
        // It has ended, or is about to.
        if let Ok(Ok(Err(panic))) = timeout(ENDING, self.task).await {
            again(panic);
        }
    }
}

impl Service<Request<Nothing>> for Plug {
    type Response = Response<Incoming>;
    type Error = Cause;
    type Future = BoxFuture<'static, Result<Self::Response, Cause>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Nothing>) -> Self::Future {
        let plug = self.clone();
        async move { plug.ask(request).await }.boxed()
    }
}

impl Plug {
    async fn ask(&self, mut request: Request<Nothing>) -> Result<Response<Incoming>, Cause> {
        let server = request.uri().clone();
        // What is asked stands in its first line without the server, who stands in its head
        // (RFC 9112, section 3.2.1).
        if let Some(host) = host(&server) {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        let path = server.path_and_query().map_or("/", |it| it.as_str());
        *request.uri_mut() = path.parse()?;
        let mut connection = self.connection.lock().await;
        // One that is given up in the middle of this is gone with it.
        if let Some(mut former) = connection.take() {
            if former.requests.ready().await.is_ok() {
                match former.requests.try_send_request(request).await {
                    Ok(response) => {
                        *connection = Some(former);
                        return Ok(response);
                    }
                    // The server had closed it meanwhile: nothing was asked yet.
                    Err(mut error) => match error.take_message() {
                        Some(unsent) => request = unsent,
                        None => {
                            former.look_back().await;
                            return Err(error.into_error().into());
                        }
                    },
                }
            }
            former.look_back().await;
        }
        let mut new = self.connect(server).await?;
        self.made.fetch_add(1, Ordering::Relaxed);
        match new.requests.send_request(request).await {
            Ok(response) => {
                *connection = Some(new);
                Ok(response)
            }
            Err(error) => {
                new.look_back().await;
                Err(error.into())
            }
        }
    }

    async fn connect(&self, server: Uri) -> Result<Connection, Cause> {
        let octets = timeout(self.patience, self.dial.clone().oneshot(server)).await;
        let octets = octets.map_err(|_| "connecting took too long")??;
        let mut http = http1::Builder::new();
        http.max_buf_size(MOST_READ);
        let (requests, connection) = http.handshake(octets).await?;
        // An error that it ends with is told to whoever asked.
        let task = tokio::spawn(caught(connection.map(|_| ())));
        Ok(Connection { requests, task: AbortOnDropHandle::new(task) })
    }
}

/// The server as it stands in the head of a request: without a user, and without the port where
/// that is the usual one.
fn host(server: &Uri) -> Option<HeaderValue> {
    let host = server.host()?;
    let is_usual = match server.scheme_str() {
        Some("https") => server.port_u16() == Some(443),
        _ => server.port_u16() == Some(80),
    };
    let text = match server.port_u16().filter(|_| !is_usual) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_server_is_called_as_its_address_says() {
        for (server, called) in [
            ("https://api.example.com:6443/x", "api.example.com:6443"),
            ("https://api.example.com:443", "api.example.com"),
            ("http://user@api.example.com/", "api.example.com"),
            ("https://[2001:db8::1]:80", "[2001:db8::1]:80"),
        ] {
            let host = host(&server.parse().expect("an address")).expect("a host");
            assert_eq!(host, called, "{server}");
        }
    }
}
