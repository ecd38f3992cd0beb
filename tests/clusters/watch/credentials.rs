//! Credentials: kubeconfigs that are bad, that change, that run programs, that expire.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use fedns::clusters::api::{Credentials, Timing};
use fedns::clusters::cluster_watch::ApiServer;
use serde_json::{Value, json};

use super::rig::{Rig, api, entry, pace, world};
use crate::fake_api::{FakeApi, Tls, replace, slice};
use crate::process::{self, Server};

/// A pipeline whose kubeconfig has this user.
fn rig(api: &FakeApi, user: Value, allow_exec: bool) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, api.kubeconfig(user, json!({}))).unwrap();
    Rig::of(folder, pace(), allowing(&path, allow_exec))
}

fn allowing(path: &Path, allow_exec: bool) -> ApiServer {
    let paths = vec![path.to_owned()];
    let credentials = Credentials::Files { paths, context: None, allow_exec };
    ApiServer { credentials, ..entry(path.to_owned()) }
}

fn script(text: &str) -> Value {
    json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", text],
        "interactiveMode": "Never",
    }})
}

#[test]
fn a_token_that_is_replaced_is_taken_up() {
    let api = api();
    api.require_token("one");
    let folder = tempfile::tempdir().unwrap();
    let (path, token) = (folder.path().join("config"), folder.path().join("token"));
    // Relative to the kubeconfig, and with the line end that editors leave.
    fs::write(&token, "one\n").unwrap();
    fs::write(&path, api.kubeconfig(json!({ "tokenFile": "token" }), json!({}))).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_synced();
    rig.until_contact(true);
    api.require_token("two");
    api.cut_watches();
    rig.until_complaint("the API server does not take the credentials: it says 401");
    rig.until_contact(false);
    api.put([slice("cart", 2)]);
    assert_eq!(rig.ready("cart"), Some(1), "what it said before stays");
    replace(&token, "two");
    rig.until_ready("cart", Some(2));
    rig.until_contact(true);
    rig.until_no_complaint("does not take the credentials");
    assert_eq!(rig.lists(), 3, "it goes on from where it was");
}

#[test]
fn an_authority_that_is_replaced_is_taken_up() {
    let (old, new) = (Tls::new(), Tls::new());
    let first = FakeApi::start_tls(&old);
    first.put(world());
    let folder = tempfile::tempdir().unwrap();
    let (path, authority) = (folder.path().join("config"), folder.path().join("ca.crt"));
    fs::write(&authority, &old.authority).unwrap();
    let cluster = json!({ "certificate-authority": "ca.crt" });
    fs::write(&path, first.kubeconfig(json!({}), cluster)).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_synced();
    rig.until_contact(true);
    let address = first.address;
    drop(first);
    rig.until_contact(false);
    let second = FakeApi::listen(address, Some(&new));
    second.put(world());
    second.put([slice("cart", 3)]);
    rig.until("it says why", |rig| rig.errors("unreachable") > 5);
    assert_eq!(rig.ready("cart"), Some(1));
    replace(&authority, &new.authority);
    rig.until_ready("cart", Some(3));
    rig.until_contact(true);
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_is_not_believed() {
    let api = FakeApi::start_tls(&Tls::new());
    api.put(world());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let authority = STANDARD.encode(Tls::new().authority);
    let cluster = json!({ "certificate-authority-data": authority });
    fs::write(&path, api.kubeconfig(json!({}), cluster)).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_contact(false);
    let reason = format!("{:?}", rig.cluster().contact);
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(api.all_requests(), Vec::<String>::new());
}

#[test]
fn a_bad_kubeconfig_is_a_complaint_until_it_is_mended() {
    let api = api();
    let good = api.kubeconfig(json!({}), json!({}));
    let here = "here is nothing to be read";
    for (bad, words) in [
        (String::new(), "current context"),
        (here.to_owned(), "config"),
        (good.replace("\"current-context\":\"here\"", "\"current-context\":\"there\""), "there"),
        (api.kubeconfig(json!({ "tokenFile": "nowhere" }), json!({})), "token file"),
        (api.kubeconfig(json!({ "client-certificate-data": "AAAA" }), json!({})), "client key"),
        (api.kubeconfig(json!({ "auth-provider": { "name": "gcp" } }), json!({})), "use `exec`"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, &bad).unwrap();
        let mut rig = Rig::of(folder, pace(), entry(path.clone()));
        rig.until_contact(false);
        rig.until_complaint("is tried again when it changes");
        assert!(rig.complaints().contains(words), "{words}: {}", rig.complaints());
        replace(&path, &good);
        rig.until_synced();
        rig.until_no_complaint("is tried again when it changes");
        // Broken again: the client that works stays, and so does the watch.
        replace(&path, here);
        rig.until_complaint("is tried again when it changes");
        api.put([slice("cart", 2)]);
        rig.until_ready("cart", Some(2));
        api.put([slice("cart", 1)]);
        rig.until_ready("cart", Some(1));
        assert_eq!(rig.lists(), 3);
    }
}

#[test]
fn of_several_files_those_that_are_missing_are_passed_over() {
    let api = api();
    let folder = tempfile::tempdir().unwrap();
    let [missing, path] = ["missing", "config"].map(|name| folder.path().join(name));
    api.write_kubeconfig(&path);
    let both =
        |paths| Credentials::Files { paths, context: Some("here".into()), allow_exec: false };
    let credentials = both(vec![missing.clone(), path.clone()]);
    let mut rig = Rig::of(folder, pace(), ApiServer { credentials, ..entry(path) });
    rig.until_synced();
    let folder = tempfile::tempdir().unwrap();
    let credentials = both(vec![missing.clone(), missing.with_extension("too")]);
    let mut rig = Rig::of(folder, pace(), ApiServer { credentials, ..entry(missing) });
    rig.until_complaint("is there");
}

#[test]
fn a_program_is_not_run_unless_the_entry_allows_it() {
    let api = api();
    let folder = tempfile::tempdir().unwrap();
    let witness = folder.path().join("it-ran");
    let mut rig = rig(&api, script(&format!("touch {}", witness.display())), false);
    rig.until_complaint("the kubeconfig runs \"sh\" for credentials, which the entry does not allow; if it should, add `allowExec: true`");
    rig.until_contact(false);
    assert!(!witness.exists());
}

#[test]
fn what_a_program_gives_is_used_and_renewed_when_it_is_refused() {
    let api = api();
    api.require_token("1");
    let folder = tempfile::tempdir().unwrap();
    // It counts how often it was run, and gives that as token.
    let file = folder.path().join("count");
    let text = format!(
        "n=$(($(cat {0} 2>/dev/null || echo 0) + 1)); echo $n > {0}; echo '{{\"status\":\
         {{\"token\":\"'$n'\",\"expirationTimestamp\":\"2100-01-01T00:00:00Z\"}}}}'",
        file.display()
    );
    let mut rig = rig(&api, script(&text), true);
    rig.until_synced();
    assert_eq!(rig.stats.expiry(), Some(4_102_444_800));
    api.require_token("2");
    api.cut_watches();
    api.put([slice("cart", 2)]);
    rig.until_ready("cart", Some(2));
    rig.until_no_complaint("does not take the credentials");
    assert_eq!(fs::read_to_string(file).unwrap(), "2\n");
}

#[test]
fn a_program_that_takes_too_long_is_ended_and_holds_up_nobody() {
    let api = api();
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let slow = Timing { exec: Duration::from_millis(300), ..pace() };
    let path = folder.path().join("config");
    let text = format!("echo $$ > {}; sleep 600", pid.display());
    fs::write(&path, api.kubeconfig(script(&text), json!({}))).unwrap();
    let mut rig = Rig::of(folder, slow, allowing(&path, true));
    rig.until_complaint("took longer than 300ms and was ended");
    // The next try is on its way by now: whichever it was, it is gone in the end.
    api.write_kubeconfig(&path);
    rig.until_synced();
    let pid = fs::read_to_string(pid).unwrap();
    let alive = Path::new("/proc").join(pid.trim()).join("cmdline");
    rig.until("it is ended", |_| !fs::read(&alive).is_ok_and(|line| !line.is_empty()));
}

#[test]
fn when_credentials_expire_is_a_figure() {
    let api = api();
    let claims = URL_SAFE_NO_PAD.encode(json!({ "exp": 2_000_000_000 }).to_string());
    let mut with_token = rig(&api, json!({ "token": format!("e30.{claims}.x") }), false);
    with_token.until_synced();
    assert_eq!(with_token.stats.expiry(), Some(2_000_000_000));
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec![]).unwrap();
    parameters.not_after = rcgen::date_time_ymd(2040, 1, 2);
    let certificate = parameters.self_signed(&key).unwrap().pem();
    let user = json!({
        "client-certificate-data": STANDARD.encode(certificate),
        "client-key-data": STANDARD.encode(key.serialize_pem()),
    });
    let mut with_certificate = rig(&api, user, false);
    with_certificate.until_synced();
    assert_eq!(with_certificate.stats.expiry(), Some(2_209_075_200));
}

/// A proxy that does so with each client, and how many connections it made.
fn proxy(serve: fn(TcpStream, &AtomicUsize) -> Option<()>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, tunnels) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = tunnels.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let count = count.clone();
            std::thread::spawn(move || serve(stream, &count));
        }
    });
    (address, tunnels)
}

/// What is read goes to the other one, both ways, until both are silent.
fn relay(mut client: TcpStream, mut server: TcpStream) -> Option<()> {
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || {
        _ = std::io::copy(&mut from, &mut to);
        _ = to.shutdown(Shutdown::Both);
    });
    _ = std::io::copy(&mut server, &mut client);
    client.shutdown(Shutdown::Both).ok()
}

fn octets(client: &mut TcpStream, count: u8) -> Option<Vec<u8>> {
    let mut octets = vec![0; count.into()];
    client.read_exact(&mut octets).ok()?;
    Some(octets)
}

/// A SOCKS proxy (RFC 1928) that wants a name and a password (RFC 1929).
fn socks(mut client: TcpStream, count: &AtomicUsize) -> Option<()> {
    let methods = octets(&mut client, 2)?[1];
    let knows_passwords = octets(&mut client, methods)?.contains(&2);
    client.write_all(&[5, if knows_passwords { 2 } else { 0xff }]).ok()?;
    let name = octets(&mut client, 2)?[1];
    let name = octets(&mut client, name)?;
    let password = octets(&mut client, 1)?[0];
    let password = octets(&mut client, password)?;
    let is_known = (&name[..], &password[..]) == (b"me", b"p@ss");
    client.write_all(&[1, u8::from(!is_known)]).ok()?;
    let host = match octets(&mut client, 4)?[..] {
        [5, 1, _, 1] if is_known => octets(&mut client, 4)?.iter().map(u8::to_string).collect(),
        [5, 1, _, 3] if is_known => {
            let length = octets(&mut client, 1)?[0];
            vec![String::from_utf8(octets(&mut client, length)?).ok()?]
        }
        _ => return None,
    };
    let port = u16::from_be_bytes(octets(&mut client, 2)?.try_into().ok()?);
    let server = TcpStream::connect((host.join("."), port)).ok()?;
    count.fetch_add(1, Ordering::Relaxed);
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    relay(client, server)
}

/// It makes a tunnel on request (RFC 9110, section 9.3.6).
fn tunnel(mut client: TcpStream, count: &AtomicUsize) -> Option<()> {
    let (mut head, mut octet) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut octet).ok()?;
        head.push(octet[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let server = TcpStream::connect(head.strip_prefix("CONNECT ")?.split(' ').next()?).ok()?;
    count.fetch_add(1, Ordering::Relaxed);
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    relay(client, server)
}

/// A cluster is watched through a proxy at this address.
#[track_caller]
fn is_watched_through(proxy_url: String, count: &AtomicUsize) {
    let tls = Tls::new();
    let api = FakeApi::start_tls(&tls);
    api.put(world());
    let cluster = json!({
        "certificate-authority-data": STANDARD.encode(&tls.authority), "proxy-url": proxy_url,
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, api.kubeconfig(json!({}), cluster)).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_synced();
    assert!(count.load(Ordering::Relaxed) >= 3, "{count:?}");
}

#[test]
fn a_proxy_is_used_where_the_kubeconfig_says_so() {
    let (proxy, tunnels) = proxy(tunnel);
    is_watched_through(format!("http://{proxy}"), &tunnels);
}

#[test]
fn so_is_a_socks_proxy_with_a_name_and_a_password() {
    for scheme in ["socks5", "socks5h"] {
        let (proxy, connections) = proxy(socks);
        is_watched_through(format!("{scheme}://me:p%40ss@{proxy}"), &connections);
    }
}

#[test]
fn a_proxy_of_no_known_kind_is_a_complaint() {
    let api = FakeApi::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let cluster = json!({ "proxy-url": "gopher://127.0.0.1:70" });
    fs::write(&path, api.kubeconfig(json!({}), cluster)).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_complaint("gopher");
}

#[test]
fn a_server_whose_certificate_is_not_looked_at_is_told() {
    let api = FakeApi::start_tls(&Tls::new());
    api.put(world());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let cluster = json!({ "insecure-skip-tls-verify": true });
    fs::write(&path, api.kubeconfig(json!({}), cluster)).unwrap();
    let mut rig = Rig::of(folder, pace(), entry(path));
    rig.until_synced();
    rig.until_complaint("east: the certificate of the API server is not looked at");
}

#[test]
fn where_there_is_no_pod_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let entry = ApiServer { credentials: Credentials::InCluster, ..entry(path) };
    let mut rig = Rig::of(folder, pace(), entry);
    rig.until_complaint("this is no pod with a service account");
}

/// An API server behind TLS whose certificate expires while it is watched, and is renewed.
#[test]
fn a_certificate_that_expired_is_named_and_its_renewal_taken_up() {
    let tls = Tls::new();
    let api = FakeApi::start_tls(&tls);
    api.put(world());
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let cluster = "  - { name: east, kubeconfig: { path: ./east.conf } }";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}clusters:\n{cluster}\n")).unwrap();
    fs::write(folder.path().join("east.conf"), api.kubeconfig(json!({}), tls.trusted())).unwrap();
    let server = Server::start(folder.path());
    let cart = "cart.shop.myfed.svc.a.us.example.com.";
    server.ask_until(cart, 1);
    api.present(&tls.until(2020));
    let why = "the certificate of the API server, or one that vouches for it, expired at \
               2020-01-01T00:00:00Z";
    server.get_until("/status", &["\"contact\":\"lost\"", why]);
    server.get_until("/metrics", &["fedns_cluster_up{cluster=\"east\"} 0\n"]);
    // What changes now is not heard, and what was heard stays.
    api.put([slice("cart", 0)]);
    assert_eq!(server.ask(cart).answers[0].data.to_string(), "192.0.2.1");
    api.present(&tls.until(2999));
    server.ask_until(cart, 2);
    api.put([slice("cart", 1)]);
    server.ask_until(cart, 1);
    server.get_until("/status", &["\"contact\":\"reached\""]);
}
