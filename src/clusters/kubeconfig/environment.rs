//! Proxies of the environment, as Go's httpproxy reads them, and kubectl with it.
//!
//! In: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, each also in small letters. Out: which one is for a
//! server. `ALL_PROXY` is none of them. Does not know how a proxy is asked.

use std::net::IpAddr;

use ipnet::IpNet;

use super::hidden::Hidden;

/// What the environment says of proxies.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    https: Option<(&'static str, Hidden)>,
    http: Option<(&'static str, Hidden)>,
    exempt: String,
}

/// The proxy that is for a server.
pub(super) struct Found {
    /// The variable that says so.
    pub(super) variable: &'static str,
    pub(super) url: Hidden,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// One in which `variable` gives the values.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = variable(name).filter(|value| !value.is_empty())?;
                Some((name, Hidden::new(value)))
            })
        };
        // In a CGI program a client says what HTTP_PROXY is.
        let is_cgi = variable("REQUEST_METHOD").is_some_and(|value| !value.is_empty());
        let exempt = first(["NO_PROXY", "no_proxy"]);
        Self {
            https: first(["HTTPS_PROXY", "https_proxy"]),
            http: first(["HTTP_PROXY", "http_proxy"]).filter(|_| !is_cgi),
            exempt: exempt.map(|(_, value)| value.reveal().to_owned()).unwrap_or_default(),
        }
    }

    /// The proxy for a server; `host` without brackets.
    pub(super) fn proxy(&self, scheme: &str, host: &str, port: u16) -> Option<Found> {
        let found = if scheme == "https" { &self.https } else { &self.http };
        let (variable, url) = found.clone().filter(|_| !is_exempt(host, port, &self.exempt))?;
        // `proxy:3128` stands for `http://proxy:3128`.
        let url = match url.reveal().contains("://") {
            true => url,
            false => Hidden::new(format!("http://{}", url.reveal())),
        };
        Some(Found { variable, url })
    }
}

/// Whether no proxy is for this server: this host itself; what `NO_PROXY` names.
fn is_exempt(host: &str, port: u16, exempt: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok().map(|address: IpAddr| address.to_canonical());
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let all = exempt.split(',').map(|one| one.trim().to_ascii_lowercase());
    all.filter(|one| !one.is_empty()).any(|one| {
        if one == "*" {
            return true;
        }
        if let Ok(network) = one.parse::<IpNet>() {
            return address.is_some_and(|address| network.contains(&address));
        }
        let (name, own_port) = split(&one);
        if own_port.is_some_and(|own| *own != *port.to_string()) || name.is_empty() {
            return false;
        }
        if let Ok(own) = name.parse::<IpAddr>() {
            return address == Some(own.to_canonical());
        }
        let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
        match name.strip_prefix('.') {
            // Those below it alone.
            Some(_) => host.ends_with(name),
            None => {
                let rest = host.strip_suffix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        }
    })
}

/// A host, and behind a colon its port. An address of IPv6 has a port in brackets only.
fn split(one: &str) -> (&str, Option<&str>) {
    if let Some(rest) = one.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((address, "")) => (address, None),
            Some((address, port)) => (address, port.strip_prefix(':').filter(|it| !it.is_empty())),
            None => (one, None),
        };
    }
    match one.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port).filter(|it| !it.is_empty())),
        _ => (one, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_for_those_that_are_exempt() {
        // The host, a port, NO_PROXY, and whether that is one of those it names.
        let rows = [
            ("10.1.2.3", 443, "10.0.0.0/8", true),
            ("11.0.0.1", 443, "10.0.0.0/8", false),
            ("a.internal", 443, ".internal", true),
            ("internal", 443, ".internal", false),
            ("notinternal", 443, ".internal", false),
            ("a.internal", 443, "*.internal", true),
            ("internal", 443, "*.internal", false),
            ("internal", 443, "internal", true),
            ("a.b.internal", 443, "internal", true),
            ("notinternal", 443, "internal", false),
            ("API.Example.com", 443, "api.EXAMPLE.com", true),
            ("api.example.com", 443, " x , api.example.com\t,", true),
            ("api.example.com", 6443, "api.example.com:6443", true),
            ("api.example.com", 443, "api.example.com:6443", false),
            ("a.example.com", 6443, ".example.com:6443", true),
            ("a.example.com", 6443, "*.example.com:443", false),
            ("192.0.2.1", 6443, "192.0.2.1", true),
            ("192.0.2.11", 6443, "192.0.2.1", false),
            ("192.0.2.1", 6443, "192.0.2.1:6443", true),
            ("192.0.2.1", 443, "192.0.2.1:6443", false),
            ("2001:db8::1", 443, "2001:db8::/32", true),
            ("2001:db8::1", 443, "2001:DB8:0::1", true),
            ("2001:db8::1", 443, "[2001:db8::1]", true),
            ("2001:db8::1", 443, "[2001:db8::1]:443", true),
            ("2001:db8::1", 443, "[2001:db8::1]:6443", false),
            ("2001:db8::2", 443, "2001:db8::1", false),
            ("anyone", 443, "*", true),
            ("anyone", 443, "x, *", true),
            ("anyone", 443, "", false),
            ("anyone", 443, ",,:443, :,", false),
            ("any.one", 443, "*one", false),
            ("localhost", 443, "", true),
            ("127.8.9.1", 443, "", true),
            ("::1", 443, "", true),
        ];
        for (host, port, exempt, expected) in rows {
            assert_eq!(is_exempt(host, port, exempt), expected, "{host}:{port} {exempt:?}");
        }
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let found = |variables: &[(&str, &str)], scheme: &str| {
            let value = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let proxy = Environment::of(value).proxy(scheme, "api.example.com", 443);
            proxy.map(|it| format!("{} {}", it.variable, it.url.reveal()))
        };
        let (upper, lower) = (("HTTPS_PROXY", "http://a"), ("https_proxy", "b:3128"));
        assert_eq!(found(&[lower, upper], "https").as_deref(), Some("HTTPS_PROXY http://a"));
        assert_eq!(
            found(&[("HTTPS_PROXY", ""), lower], "https").as_deref(),
            Some("https_proxy http://b:3128")
        );
        assert_eq!(found(&[lower, upper], "http"), None);
        assert_eq!(found(&[("http_proxy", "c")], "http").as_deref(), Some("http_proxy http://c"));
        assert_eq!(found(&[("HTTP_PROXY", "c"), ("REQUEST_METHOD", "GET")], "http"), None);
        assert_eq!(found(&[("ALL_PROXY", "c"), ("all_proxy", "c")], "https"), None);
        assert_eq!(found(&[upper, ("no_proxy", "example.com")], "https"), None);
        assert_eq!(
            found(&[upper, ("NO_PROXY", "x"), ("no_proxy", "example.com")], "https").as_deref(),
            Some("HTTPS_PROXY http://a")
        );
    }
}
