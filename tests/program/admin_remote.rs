//! The admin address from elsewhere: through TLS with a token; and long responses that nobody reads.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::process::{CONFIG, PATIENCE, Server, service, world};

/// What a proxy with a certificate for `localhost` has, and the authority that signed that.
fn tls() -> (TlsAcceptor, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec![]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(parameters, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().to_vec().into()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

/// A proxy that ends TLS before a server, and its port.
fn proxy(runtime: &Runtime, acceptor: TlsAcceptor, server: SocketAddr) -> u16 {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = tokio::net::TcpStream::connect(server).await.unwrap();
                _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    port
}

fn told(folder: &Path, words: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(words.split(' ')).current_dir(folder).env_remove("FEDNS_SERVER");
    command.env("SSL_CERT_FILE", folder.join("authority.pem")).env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn from_elsewhere_a_token_goes_through_tls_and_not_without() {
    let world = world();
    let config = CONFIG.replace("listen: '127.0.0.1:0'", "listen: '0.0.0.0:0', tokenFile: tokens");
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    fs::write(world.path().join("tokens"), "ada correct-horse\n").unwrap();
    let server = Server::start(world.path());
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, server.admin.port()));
    let runtime = Runtime::new().unwrap();
    let (acceptor, authority) = tls();
    let port = proxy(&runtime, acceptor, here);
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path();
    fs::write(elsewhere.join("authority.pem"), authority).unwrap();
    fs::write(elsewhere.join("token"), "correct-horse\n").unwrap();

    let (code, text) = told(elsewhere, &format!("clusters --server https://localhost:{port}"));
    assert!(code == 0 && text.contains("east"), "{code} {text}");
    let accept = |url: &str| {
        told(elsewhere, &format!("clusters accept east --server {url} --token-file token"))
    };
    let (code, text) = accept(&format!("https://localhost:{port}"));
    assert!(code == 1 && text.contains("there is nothing to accept"), "{code} {text}");
    // The certificate is of another name, and then of an authority that nobody trusts.
    let (code, text) = accept(&format!("https://127.0.0.1:{port}"));
    assert!(code == 1 && text.contains("no TLS with https://127.0.0.1"), "{code} {text}");
    let (_, other) = tls();
    fs::write(elsewhere.join("authority.pem"), other).unwrap();
    let (code, text) = accept(&format!("https://localhost:{port}"));
    assert!(code == 1 && text.contains("no TLS with https://localhost"), "{code} {text}");
    // Another address of this host is as good as another host.
    let outward = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let address = outward.connect("192.0.2.1:9").and_then(|()| outward.local_addr());
    if let Ok(IpAddr::V4(address)) = address.map(|it| it.ip())
        && !address.is_loopback()
    {
        let (code, text) = accept(&format!("http://{address}:{}", server.admin.port()));
        assert!(code == 1 && text.contains("a token is not sent without TLS"), "{code} {text}");
    }
}

/// A request for a zone of which nothing is read, beyond the little that the system takes in.
fn unread(server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /zone?federation=myfed HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    // It has begun.
    stream.read_exact(&mut [0; 12]).unwrap();
    stream
}

#[test]
fn zones_that_nobody_reads_keep_nobody_from_short_answers() {
    let world = world();
    let services = (0..4000).map(|number| service(&format!("s{number}"), "192.0.2.8", true));
    let services = services.collect::<Vec<_>>().join("---\n");
    fs::write(world.path().join("east/many.yaml"), services).unwrap();
    let server = Server::start(world.path());
    server.ask_until("s3999.shop.myfed.svc.a.us.example.com.", 1);
    let mut open: Vec<_> = (0..16).map(|_| unread(server.admin)).collect();
    let zone = "/zone?federation=myfed";
    let (code, text) = server.get(zone);
    assert!(code == 503 && text.contains("try again"), "{code} {text}");
    for _ in 0..100 {
        assert_eq!(server.get("/livez").0, 200);
    }
    assert_eq!(server.get("/status").0, 200);
    // One that is read to its end is whole, and makes room.
    let mut whole = String::new();
    open.pop().unwrap().read_to_string(&mut whole).unwrap();
    assert!(whole.contains("s3999.shop.myfed.svc.a.us"), "{} octets", whole.len());
    let end = std::time::Instant::now() + PATIENCE;
    while server.get(zone).0 != 200 {
        assert!(std::time::Instant::now() < end, "there is no room again");
    }
}
