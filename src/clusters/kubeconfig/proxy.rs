//! Proxies: how an API server is reached where there is no way of its own.
//!
//! In: the `proxy-url` of a kubeconfig. Out: [`Proxy`]. A SOCKS proxy looks up the server's name
//! itself. Does not know what goes through it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;

/// A proxy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Proxy {
    /// It makes a tunnel on request (RFC 9110, section 9.3.6); `is_secured`: asked over TLS.
    Http { at: Uri, authorization: Option<HeaderValue>, is_secured: bool },
    /// SOCKS, version 5 (RFC 1928), by name and password (RFC 1929) where they are given.
    Socks { at: Uri, user: Option<(String, String)> },
}

/// Reads the address of a proxy.
///
/// # Errors
/// There is no such kind of proxy.
pub(super) fn read(url: &Uri) -> Result<Proxy, kube::Error> {
    let at = url.clone();
    let user = url.authority().and_then(|it| it.as_str().rsplit_once('@')).map(|(user, _)| user);
    match url.scheme_str() {
        Some("socks5" | "socks5h") => {
            let user = user.map(|user| {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                let text = |part| String::from_utf8_lossy(&unescaped(part)).into_owned();
                (text(name), text(password))
            });
            Ok(Proxy::Socks { at, user })
        }
        Some(scheme @ ("http" | "https")) => {
            let basic = |user| format!("Basic {}", STANDARD.encode(unescaped(user)));
            let authorization = user.and_then(|user| basic(user).parse().ok());
            Ok(Proxy::Http { at, authorization, is_secured: scheme == "https" })
        }
        _ => Err(kube::Error::ProxyProtocolUnsupported { proxy_url: Box::new(at) }),
    }
}

/// What the escapes of a part of a URL stand for (RFC 3986, section 2.1).
fn unescaped(part: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| octet == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        let value = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        octets.push(value.unwrap_or(octet));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Proxy, kube::Error> {
        super::read(&url.parse().expect("an address"))
    }

    #[test]
    fn proxies_are_read_with_who_asks() {
        let socks = |url| match read(url) {
            Ok(Proxy::Socks { user, .. }) => user,
            other => panic!("{other:?}"),
        };
        assert_eq!(socks("socks5://127.0.0.1:1080"), None);
        assert_eq!(
            socks("socks5h://me:p%40ss%zz@proxy:1080"),
            Some(("me".into(), "p@ss%zz".into()))
        );
        let http = |url| match read(url) {
            Ok(Proxy::Http { authorization, is_secured, .. }) => (authorization, is_secured),
            other => panic!("{other:?}"),
        };
        assert_eq!(http("http://proxy:3128"), (None, false));
        let basic = format!("Basic {}", STANDARD.encode("user:pa@ss:word"));
        let basic = Some(basic.parse().expect("a header"));
        assert_eq!(http("https://user:pa%40ss%3Aword@proxy"), (basic, true));
        assert!(read("gopher://proxy").is_err() && read("/proxy").is_err());
    }
}
