//! URLs of servers and proxies.
//!
//! In: text. Out: [`Url`], whose every part can be used, or what is wrong with it, in words that repeat
//! nothing of it. The library's own type takes more than its users bear: ports that are none, hosts
//! that are no names, a path in the place of a host.
//! Does not know what is asked there.

use std::net::Ipv6Addr;

use hyper::Uri;
use rustls::pki_types::ServerName;

/// A URL (RFC 3986) with a host.
#[derive(Debug)]
pub(super) struct Url {
    /// In small letters.
    pub(super) scheme: String,
    /// Who asks: a name, and after `:` a password, both escaped.
    pub(super) user: Option<String>,
    /// A name, or an address; that of IPv6 in brackets.
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// Without `/` at its end.
    pub(super) path: String,
    pub(super) has_query: bool,
}

impl Url {
    /// Reads one.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("has white space or a control character in it");
        }
        if !text.is_ascii() {
            return Err("has a character in it that is not ASCII; write a name as it is in DNS");
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let scheme = scheme.filter(|scheme| !scheme.is_empty()).ok_or("has no scheme")?;
        let uri: Uri = text.parse().map_err(|_| "is no URL")?;
        let authority = uri.authority().ok_or("has no host")?.as_str();
        let (user, rest) = match authority.rsplit_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, authority),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or("has no host")?;
        let port = match rest.strip_prefix(host) {
            Some("") | Some(":") => None,
            Some(port) => Some(port_of(port).ok_or("has a port that is no number up to 65535")?),
            None => return Err("is no URL"),
        };
        if !is_host(host) {
            return Err("has a host that is neither a name nor an address");
        }
        let has_query = uri.query().is_some() || text.contains('#');
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme, user, host: host.to_owned(), port, path, has_query })
    }

    /// As it is shown: without who asks.
    pub(super) fn shown(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}/", self.scheme, self.host, self.path)
    }

    /// Scheme, host and port alone, the port in any case: where none is given some connectors take one
    /// of their own.
    pub(super) fn endpoint(&self, usual_port: u16) -> Option<Uri> {
        let authority = format!("{}:{}", self.host, self.port.unwrap_or(usual_port));
        let builder = Uri::builder().scheme(self.scheme.as_str()).authority(authority);
        builder.path_and_query("/").build().ok()
    }
}

fn port_of(text: &str) -> Option<u16> {
    let digits = text.strip_prefix(':')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|port| is_number && *port > 0)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        Some(inside) => inside.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => server_name(host).is_some(),
    }
}

/// What a server's certificate has to be for: a name or an address, that of IPv6 in brackets or not.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    // A dot at the end is DNS's, and not in certificates.
    let name = inside.unwrap_or(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    ServerName::try_from(name.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_can_be_used() {
        let url = Url::read("HTTPS://api.example.com:6443/k8s/clusters/c-1/").expect("a URL");
        assert_eq!((&*url.scheme, &*url.host, url.port), ("https", "api.example.com", Some(6443)));
        assert_eq!((&*url.path, url.has_query), ("/k8s/clusters/c-1", false));
        assert_eq!(url.endpoint(443).expect("one"), "https://api.example.com:6443/");
        for (text, endpoint) in [
            ("https://[2001:db8::1]", "https://[2001:db8::1]:443/"),
            ("https://192.0.2.1:", "https://192.0.2.1:443/"),
            ("https://a_b.example./", "https://a_b.example.:443/"),
            ("https://me:p%40ss@h:1", "https://h:1/"),
        ] {
            let url = Url::read(text).expect(text);
            assert_eq!(url.endpoint(443).expect(text), endpoint);
        }
        let with_user = Url::read("http://me:p%40ss@h:1").expect("a URL");
        assert_eq!(with_user.user.as_deref(), Some("me:p%40ss"));
        assert!(Url::read("https://h/?a").expect("a URL").has_query);
        assert!(Url::read("https://h/#a").expect("a URL").has_query);
    }

    #[test]
    fn what_can_not_be_used_is_named_and_not_repeated() {
        for text in [
            "",
            "s3cret",
            "s3cret:6443",
            "/s3cret",
            "https://",
            "https:///s3cret",
            "https://:6443",
            "https://s3cret:0",
            "https://s3cret:65536",
            "https://s3cret:port",
            "https://s3cret:-1",
            "https://s3cret:+1",
            "https://s3cret name",
            "https://s3cret\n",
            "https://[s3cret]",
            "https://[::1",
            "https://s3cret..x",
            "https://-s3cret",
            "https://s3cr\u{e9}t",
            "://s3cret",
            "https:s3cret",
            "https://s3cret:1:2",
            "https://s3cret\0",
            "https://s3cret,b",
            "https://*",
        ] {
            let why = Url::read(text).expect_err(text);
            assert!(!why.contains("s3cret"), "{text}: {why}");
        }
    }
}
