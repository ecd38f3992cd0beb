//! What the admin address is called: a page of another site whose name leads here is not let in
//! (DNS rebinding), and neither is one that sends requests from elsewhere.
//!
//! In: the head of a request. Out: whether its `Host` (RFC 9110, section 7.2; RFC 9112, section 3.2)
//! and `Origin` (RFC 6454, section 7) are ours, or why not. Does not know what is asked for.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Version, header};

/// A refusal: its status code, and the words for it.
pub(super) type Refusal = (StatusCode, String);

/// What a listener is called by those who ask there.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// Its address; an unspecified one stands for every address.
    pub(super) address: IpAddr,
    /// Other names and addresses, in lower case.
    pub(super) hosts: Vec<String>,
}

/// What a client calls the server.
#[derive(Debug, Eq, PartialEq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

impl Names {
    /// Whether a request is meant for this server.
    pub(super) fn check(&self, head: &Parts) -> Result<(), Refusal> {
        let bad = |why: &str| (StatusCode::BAD_REQUEST, format!("{why}\n"));
        let hosts: Vec<_> = head.headers.get_all(header::HOST).iter().collect();
        let called = match hosts.as_slice() {
            // Older clients need not say it, and pages in browsers do.
            [] if head.version < Version::HTTP_11 => None,
            [] => return Err(bad("the request has no `Host`")),
            [host] => Some(host.to_str().map_err(|_| bad("`Host` is no host"))?),
            _ => return Err(bad("the request has more than one `Host`")),
        };
        // A whole URI in the first line counts before the header, which is looked at nevertheless.
        let uri = head.uri.authority().map(|authority| authority.as_str());
        for text in called.into_iter().chain(uri) {
            let host = Host::parse(text).ok_or_else(|| bad("`Host` is no host"))?;
            if !self.are(&host) {
                return Err((
                    StatusCode::MISDIRECTED_REQUEST,
                    format!(
                        "this server is not known as {}: ask by its address, as localhost, or list \
                         the name under `admin.hosts` of the configuration\n",
                        text.escape_debug()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn are(&self, host: &Host) -> bool {
        match host {
            Host::Address(address) => {
                self.address.is_unspecified()
                    || *address == self.address.to_canonical()
                    || self.hosts.contains(&address.to_string())
            }
            Host::Name(name) => name == "localhost" || self.hosts.contains(name),
        }
    }
}

/// Whether a page sent the request that is not of this server, as far as browsers tell. `is_open`:
/// whether the server's own page may send it.
pub(super) fn check_origin(headers: &HeaderMap, is_open: bool) -> Result<(), Refusal> {
    let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = match (origins.as_slice(), host) {
        ([], _) => true,
        ([origin], Some(host)) => {
            let origin = origin.to_str().unwrap_or_default().split_once("://");
            is_open && origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
        }
        _ => false,
    };
    if is_own {
        return Ok(());
    }
    let why = "`Origin` is not this server: pages of other sites are not answered\n";
    Err((StatusCode::FORBIDDEN, why.to_owned()))
}

impl Host {
    /// Reads `uri-host [ ":" port ]`.
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let is_port = |port: &str| port.bytes().all(|octet| octet.is_ascii_digit());
        if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
            return None;
        }
        if text.starts_with('[') {
            // A zone is of the client's own host (RFC 6874).
            let address = host.split_once('%').map_or(host, |(address, _)| address);
            let address: Ipv6Addr = address.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address));
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        let fits = |octet: u8| octet.is_ascii_alphanumeric() || b".-_".contains(&octet);
        let is_name = !name.is_empty() && name.bytes().all(fits);
        is_name.then(|| Self::Name(name.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn status(address: &str, head: &str) -> u16 {
        let hosts = vec!["fedns.example.com".to_owned(), "203.0.113.9".to_owned()];
        let names = Names { address: address.parse().expect("an address"), hosts };
        let mut request = Request::builder().uri("/status");
        for line in head.split('|').filter(|line| !line.is_empty()) {
            request = match line.strip_prefix("uri ") {
                Some(uri) => request.uri(uri),
                None if line == "old" => request.version(Version::HTTP_10),
                None => request.header("host", line),
            };
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        names.check(&head).map_or_else(|(status, _)| status.as_u16(), |()| 200)
    }

    #[test]
    fn a_listener_is_known_by_its_address_and_by_what_is_listed() {
        for (address, head, expected) in [
            ("127.0.0.1", "127.0.0.1", 200),
            ("127.0.0.1", "127.0.0.1:9153", 200),
            ("127.0.0.1", "127.0.0.1:", 200),
            ("127.0.0.1", "[::ffff:127.0.0.1]:1", 200),
            ("127.0.0.1", "localhost:8080", 200),
            ("127.0.0.1", "LocalHost.", 200),
            ("127.0.0.1", "Fedns.Example.COM:443", 200),
            ("127.0.0.1", "203.0.113.9", 200),
            ("127.0.0.1", "127.0.0.2", 421),
            ("127.0.0.1", "[::1]", 421),
            ("127.0.0.1", "evil.example", 421),
            ("127.0.0.1", "evil.example:9153", 421),
            ("127.0.0.1", "localhost.evil.example", 421),
            ("127.0.0.1", "x.localhost", 421),
            ("127.0.0.1", "127.1", 421),
            ("127.0.0.1", "2130706433", 421),
            ("::1", "[::1]:9153", 200),
            ("::1", "[0:0::1]", 200),
            ("fe80::1", "[fe80::1%25eth0]:9153", 200),
            ("0.0.0.0", "198.51.100.7:9153", 200),
            ("0.0.0.0", "[2001:db8::1]", 200),
            ("::", "[2001:db8::1]", 200),
            ("0.0.0.0", "evil.example", 421),
            ("127.0.0.1", "", 400),
            ("127.0.0.1", "old", 200),
            ("127.0.0.1", "old|evil.example", 421),
            ("127.0.0.1", "127.0.0.1|127.0.0.1", 400),
            ("127.0.0.1", "old|127.0.0.1|127.0.0.1", 400),
            ("127.0.0.1", "::1", 400),
            ("127.0.0.1", "127.0.0.1:x", 400),
            ("127.0.0.1", "127.0.0.1:1:2", 400),
            ("127.0.0.1", "evil@127.0.0.1", 400),
            ("127.0.0.1", "127.0.0.1, evil.example", 400),
            ("127.0.0.1", "[::1", 400),
            ("127.0.0.1", ":9153", 400),
            ("127.0.0.1", "localhost|uri http://evil.example/status", 421),
            ("127.0.0.1", "localhost|uri http://localhost:1/status", 200),
            ("127.0.0.1", "evil.example|uri http://localhost/status", 421),
        ] {
            assert_eq!(status(address, head), expected, "{address}: {head}");
        }
    }

    #[test]
    fn pages_of_others_are_told_by_their_origin() {
        let check = |host: Option<&'static str>, origins: &[&'static str], is_open| {
            let mut headers = HeaderMap::new();
            headers.extend(host.map(|it| (header::HOST, it.parse().expect("a value"))));
            for origin in origins {
                headers.append(header::ORIGIN, origin.parse().expect("a value"));
            }
            check_origin(&headers, is_open).is_ok()
        };
        let host = Some("localhost:9153");
        assert!(check(host, &[], true) && check(None, &[], false));
        assert!(check(host, &["http://localhost:9153"], true));
        assert!(check(host, &["https://LOCALHOST:9153"], true), "before it TLS may end");
        for origin in ["http://localhost:8080", "null", "http://evil.example", "", "localhost:9153"]
        {
            assert!(!check(host, &[origin], true), "{origin}");
        }
        assert!(!check(host, &["http://localhost:9153"; 2], true));
        assert!(!check(None, &["http://localhost:9153"], true));
        assert!(!check(host, &["http://localhost:9153"], false), "no page asks a socket");
    }
}
