//! HTTP connections: one to an API server, on which one thing is asked after the other.
//!
//! In: how a server is reached. Out: [`HttpConnection`]; requests in, heads and bodies out. A connection that
//! has ended is replaced before the next request, also where the server ended it between two of them:
//! who has to know that one server answered both compares [`HttpConnection::connections`]. What a connection
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
use hyper::{Request, Response, Uri};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tower::util::BoxService;
use tower::{Service, ServiceBuilder, ServiceExt};

use super::connector::{self, Cause, Dial};
use crate::clusters::kubeconfig::Settings;
use crate::panics::{Panic, again, caught};

/// The body of a response.
pub(in crate::clusters) type Body = UnsyncBoxBody<Bytes, Cause>;
/// The body of a request: there is none.
type Nothing = Empty<Bytes>;

/// Most that a connection reads at once, in octets; the longest head too. It stays taken as long as
/// the connection lives, which for a watch is always: the library's own 400 KiB were, with 100
/// watches, as much memory as all facts.
const MOST_READ: usize = 32 << 10;

/// How long a connection may take to end on which nothing can be asked any more.
const ENDING: Duration = Duration::from_secs(1);

/// How a server is reached: from here connections come.
#[derive(Clone)]
pub(in crate::clusters) struct Route {
    dial: Dial,
    settings: Arc<Settings>,
    patience: Duration,
}

impl Route {
    /// Route as settings say; a connection has to be there within `patience`.
    pub(in crate::clusters) fn new(settings: Settings, patience: Duration) -> Self {
        Self { dial: connector::dial(&settings), settings: Arc::new(settings), patience }
    }

    /// A connection on which nothing was asked yet.
    pub(in crate::clusters) fn connection(&self) -> HttpConnection {
        let (dial, patience) = (self.dial.clone(), self.patience);
        let made = Arc::<AtomicU64>::default();
        let plug = Plug { dial, patience, connection: Arc::default(), made: made.clone() };
        let settings = Arc::clone(&self.settings);
        let layers = ServiceBuilder::new()
            .layer(connector::decompression(&self.settings))
            .map_request(move |request| connector::address(&settings, request));
        let asked = layers.service(plug).map_err(Into::into);
        let asked = asked
            .map_response(|response| response.map(|body| body.map_err(Into::into).boxed_unsync()));
        HttpConnection { asked: asked.boxed(), made }
    }
}

/// One connection at a time.
pub(in crate::clusters) struct HttpConnection {
    asked: BoxService<Request<Nothing>, Response<Body>, Cause>,
    made: Arc<AtomicU64>,
}

impl HttpConnection {
    /// Sends a request without a body; gives the response once its head has come.
    ///
    /// # Errors
    /// There was no connection, or it broke.
    pub(in crate::clusters) async fn ask(
        &mut self,
        request: Request<()>,
    ) -> Result<Response<Body>, Cause> {
        let request = request.map(|()| Nothing::new());
        self.asked.ready().await?.call(request).await
    }

    /// How many connections there have been: as long as it stays the same, one server answers.
    pub(in crate::clusters) fn connections(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// What stands below the layers of a connection.
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
        // A connection that is given up in the middle of this is gone with it.
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
