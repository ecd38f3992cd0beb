//! Proxies: how an API server is reached where there is no way of its own.
//!
//! In: the `proxy-url` of a kubeconfig, else what the environment says. Out: [`Proxy`]. A SOCKS proxy
//! looks up the server's name itself. What a proxy's URL says is shown to nobody: it has passwords.
//! Does not know what goes through it.

use std::fmt;

use hyper::Uri;
use hyper::header::HeaderValue;

use super::base64;
use super::environment::{Environment, Found};
use super::fault::Fault;
use super::fields::Text;
use super::hidden::Hidden;
use super::url::Url;

/// Longest name and password together that the SOCKS client has room for, in octets.
const MAX_LOGIN: usize = 250;
/// Kinds of proxies that people have and that are not known here: these words are no secret.
const OTHERS: [&str; 7] = ["ftp", "gopher", "quic", "socks", "socks4", "socks4a", "ssh"];

/// A proxy.
#[derive(Clone, PartialEq)]
pub enum Proxy {
    /// It makes a tunnel on request (RFC 9110, section 9.3.6).
    Http {
        /// Where it is.
        at: Uri,
        /// Who asks.
        authorization: Option<HeaderValue>,
        /// Whether it is asked over TLS.
        is_secured: bool,
    },
    /// SOCKS, version 5 (RFC 1928).
    Socks {
        /// Where it is.
        at: Uri,
        /// Who asks, where that is said.
        login: Option<Login>,
    },
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(a proxy)")
    }
}

/// A name and a password (RFC 1929).
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// The name.
    pub name: Hidden,
    /// The password.
    pub password: Hidden,
}

/// The proxy for a server: the kubeconfig's own, which is for every host; else that of the environment.
pub(super) fn choose(
    own: Option<&Text>,
    environment: &Environment,
    server: &Url,
    port: u16,
) -> Result<Option<Proxy>, Fault> {
    if let Some(text) = own {
        return read(text.reveal()).map(Some).map_err(|why| text.fault(why));
    }
    let host = server.host.trim_matches(['[', ']']);
    let found = environment.proxy(&server.scheme, host, port);
    let of_environment = |found: Found| {
        read(found.url.reveal())
            .map_err(|why| Fault::new(format!("{} of the environment {why}", found.variable)))
    };
    found.map(of_environment).transpose()
}

/// The URL of a proxy with other words in the place of who asks, to be shown; `None` where nobody is
/// said to ask.
pub fn masked(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (_, host) = rest[..end].rsplit_once('@')?;
    Some(format!("{scheme}://NAME:PASSWORD@{host}{}", &rest[end..]))
}

/// Looks whether the proxy of a kubeconfig can be used.
pub(super) fn check(own: &Text) -> Result<(), Fault> {
    read(own.reveal()).map(|_| ()).map_err(|why| own.fault(why))
}

/// Reads the address of a proxy; says what is wrong with it to stand behind its name.
fn read(text: &str) -> Result<Proxy, String> {
    let expected = "expected a URL such as http://proxy.example.com:3128; a name and a password in it \
                    are escaped (`%40` for `@`)";
    let url = Url::read(text).map_err(|why| format!("{why}; {expected}"))?;
    let usual_port = match &*url.scheme {
        "http" => 80,
        "https" => 443,
        "socks5" | "socks5h" => 1080,
        other => {
            let kind = OTHERS.iter().find(|known| **known == other);
            let kind =
                kind.map_or("an unknown kind".to_owned(), |known| format!("the kind {known}"));
            return Err(format!("is of {kind}; expected http, https or socks5"));
        }
    };
    let at = url.endpoint(usual_port).ok_or_else(|| format!("can not be used; {expected}"))?;
    let user = url.user.as_deref();
    if !url.scheme.starts_with("socks5") {
        let basic = |user: &str| {
            let end = if user.contains(':') { "" } else { ":" };
            format!("Basic {}", base64::encode(&unescaped(&format!("{user}{end}"))))
        };
        let mut authorization: Option<HeaderValue> = user.and_then(|user| basic(user).parse().ok());
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        return Ok(Proxy::Http { at, authorization, is_secured: url.scheme == "https" });
    }
    let login = user.map(|user| {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let text = |part| String::from_utf8_lossy(&unescaped(part)).into_owned();
        (text(name), text(password))
    });
    if login.as_ref().is_some_and(|(name, password)| name.len() + password.len() > MAX_LOGIN) {
        return Err(format!("has a name and a password of more than {MAX_LOGIN} octets together"));
    }
    let login =
        login.map(|(name, password)| Login { name: name.into(), password: password.into() });
    Ok(Proxy::Socks { at, login })
}

/// What the escapes of a part of a URL stand for (RFC 3986, section 2.1).
fn unescaped(part: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| octet == b'%');
        let escaped = escaped.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
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

    #[test]
    fn proxies_are_read_with_who_asks() {
        let socks = |url| match read(url) {
            Ok(Proxy::Socks { at, login }) => (
                at.to_string(),
                login.map(|it| format!("{} {}", it.name.reveal(), it.password.reveal())),
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(socks("socks5://127.0.0.1"), ("socks5://127.0.0.1:1080/".into(), None));
        let (at, login) = socks("socks5h://me:p%40ss%zz%+1@proxy:1081");
        assert_eq!((&*at, login.as_deref()), ("socks5h://proxy:1081/", Some("me p@ss%zz%+1")));
        let http = |url| match read(url) {
            Ok(Proxy::Http { at, authorization, is_secured }) => {
                (at.to_string(), authorization, is_secured)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(http("http://proxy:3128"), ("http://proxy:3128/".into(), None, false));
        let basic = format!("Basic {}", base64::encode(b"user:pa@ss:word"));
        let basic = Some(basic.parse().expect("a header"));
        let at = "https://proxy:443/".to_owned();
        assert_eq!(http("https://user:pa%40ss%3Aword@proxy"), (at, basic, true));
    }

    #[test]
    fn who_asks_a_proxy_is_not_shown() {
        let shown = masked("http://me:s3cret@proxy:3128/a@b");
        assert_eq!(shown.as_deref(), Some("http://NAME:PASSWORD@proxy:3128/a@b"));
        assert_eq!(masked("http://proxy:3128/a@b"), None);
    }

    #[test]
    fn what_is_no_proxy_is_said_without_a_word_of_it() {
        for url in [
            "s3cret",
            "/s3cret",
            "foo://s3cret",
            "http://me:s3cret@proxy:port",
            "http://a:s3cret@",
            "http://me:s3 cret@proxy",
            "http://s3cret:99999",
            "socks4://s3cret",
        ] {
            let why = read(url).expect_err(url);
            assert!(!why.contains("s3"), "{why}");
        }
        let long = read(&format!("socks5://me:{}@proxy", "s3cret".repeat(50))).expect_err("long");
        assert!(long.contains("250 octets"), "{long}");
        let debug = format!("{:?} {:?}", read("socks5://me:s3cret@h"), read("http://me:s3cret@h"));
        assert!(!debug.contains("s3cret") && !debug.contains("czNjcmV0"), "{debug}");
    }
}
