//! Transports: octets to an API server and back, over TCP or TLS, through a proxy or not; and a client on them
//! for somebody who waits.
//!
//! In: settings that are validated. Out: what connects; a [`Client`]. Does not know what is asked.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::http::uri::{Parts, PathAndQuery};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Request, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::Client;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::decompression::DecompressionLayer;

use crate::clusters::kubeconfig::{Login, Proxy, Settings};

/// An error of a connection, in its own words.
pub(in crate::clusters) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What connects to the server of a URL.
pub(in crate::clusters) type Dial = BoxCloneSyncService<Uri, ByteStream, Cause>;

/// Octets in and out.
trait Octets: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Octets for T {}

/// A connection.
pub(in crate::clusters) struct ByteStream(Box<dyn Octets>);

impl Read for ByteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl Write for ByteStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl Connection for ByteStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// What connects as settings say.
pub(in crate::clusters) fn dial(settings: &Settings) -> Dial {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    match settings.proxy.clone() {
        None => secured(settings, tcp),
        Some(Proxy::Socks { at, login }) => {
            let socks = SocksV5::new(at, tcp);
            let socks = match login {
                Some(Login { name, password }) => {
                    socks.with_auth(name.reveal().to_owned(), password.reveal().to_owned())
                }
                None => socks,
            };
            secured(settings, socks)
        }
        Some(Proxy::Http { at, authorization, is_secured: false }) => {
            secured(settings, authorized(Tunnel::new(at, tcp), authorization))
        }
        Some(Proxy::Http { at, authorization, is_secured: true }) => {
            let tls = HttpsConnector::from((tcp, settings.tls.clone()));
            secured(settings, authorized(Tunnel::new(at, tls), authorization))
        }
    }
}

fn authorized<C>(tunnel: Tunnel<C>, authorization: Option<HeaderValue>) -> Tunnel<C> {
    match authorization {
        Some(value) => tunnel.with_auth(value),
        None => tunnel,
    }
}

/// Over what `connector` gives there is TLS where the server's address says so.
fn secured<C>(settings: &Settings, connector: C) -> Dial
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection,
    C::Response: Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Cause>,
{
    let tls = HttpsConnectorBuilder::new()
        .with_tls_config(rustls::ClientConfig::clone(&settings.tls))
        .https_or_http()
        .with_server_name_resolver(FixedServerNameResolver::new(settings.server_name.clone()))
        .enable_http1()
        .wrap_connector(connector);
    BoxCloneSyncService::new(tls.map_response(|octets| ByteStream(Box::new(octets))))
}

/// A request for a path becomes one to the server, from whom the settings say.
pub(in crate::clusters) fn address<B>(settings: &Settings, request: Request<B>) -> Request<B> {
    let (mut head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let path = format!("{}{path}", settings.server.path().trim_end_matches('/'));
    let mut parts: Parts = settings.server.clone().into_parts();
    // An address that can not be made leaves the request without a server, and whoever sends it refuses.
    parts.path_and_query = path.parse().ok();
    head.uri = Uri::from_parts(parts).unwrap_or(head.uri);
    // A header may stand more than once.
    for (name, value) in &settings.headers {
        head.headers.append(name, value.clone());
    }
    Request::from_parts(head, body)
}

/// What undoes the compression of answers.
pub(in crate::clusters) fn decompression(settings: &Settings) -> DecompressionLayer {
    DecompressionLayer::new().gzip(settings.is_compressed)
}

/// A client for somebody who waits for each of its answers, but no longer than `patience`. Whoever
/// waits is told what failed, and not what was tried again.
pub(in crate::clusters) fn client(settings: Settings, patience: Duration) -> Client {
    let mut connector = TimeoutConnector::new(dial(&settings));
    connector.set_connect_timeout(Some(patience));
    connector.set_write_timeout(Some(patience));
    connector.set_read_timeout(Some(patience));
    let http = legacy::Builder::new(TokioExecutor::new());
    let http: legacy::Client<_, kube::client::Body> = http.build(connector);
    let service = ServiceBuilder::new()
        .layer(decompression(&settings))
        .map_request(move |request| address(&settings, request))
        .service(http);
    Client::new(service, "default")
}

#[cfg(test)]
mod tests {
    use crate::clusters::kubeconfig::{Contents, Environment, File, Kubeconfig, TextSource};

    use super::*;

    /// Settings of a server, by this `user`.
    fn settings(server: &str, user: &str) -> Settings {
        let text = format!(
            "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u}}}}], \
             clusters: [{{name: c, cluster: {{server: '{server}'}}}}], \
             users: [{{name: u, user: {user}}}]}}"
        );
        let source = TextSource { name: "it".into(), has_lines: true };
        let file = File { octets: text.as_bytes(), source, folder: std::path::Path::new("") };
        let kubeconfig = Kubeconfig::read(&[file], None, "").expect("a kubeconfig");
        let settings = kubeconfig.settings(&Contents::new(), None, &Environment::default());
        settings.expect("settings")
    }

    #[test]
    fn a_path_goes_behind_that_of_the_server() {
        for (server, path, url) in [
            ("http://h", "/version", "http://h:80/version"),
            ("http://h:1/", "/api?a=b", "http://h:1/api?a=b"),
            ("http://h:1/k8s/c-1//", "/version", "http://h:1/k8s/c-1/version"),
        ] {
            let request = Request::get(path).body(()).expect("a request");
            assert_eq!(address(&settings(server, "{}"), request).uri(), url);
        }
    }

    #[test]
    fn each_request_says_whom_it_comes_from() {
        let user = "{token: t, as: me, as-groups: [a, b], as-user-extra: {x/y: [c, d]}}";
        let request = Request::get("/").body(()).expect("a request");
        let request = address(&settings("http://h", user), request);
        let head: Vec<_> = request.headers().iter().collect();
        let all = |name: &str| {
            let values = request.headers().get_all(name).iter();
            values.map(|value| value.to_str().expect("text")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(head.len(), 6, "{head:?}");
        assert_eq!(all("authorization"), "Bearer t");
        assert_eq!(all("impersonate-user"), "me");
        assert_eq!(all("impersonate-group"), "a b");
        assert_eq!(all("impersonate-extra-x%2fy"), "c d");
        assert!(!format!("{:?}", request.headers()).contains("Bearer"), "it is not shown");
    }
}
