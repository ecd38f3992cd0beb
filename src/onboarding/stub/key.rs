//! Keys of server blocks: which zone is served at which port, in which transport.
//!
//! In: `dns://example.com:53`, `10.0.0.0/8`, `.:{$PORT}`. Out: [`Key`].
//! Environment variables are CoreDNS's: their values are not known here, so a key that holds one is
//! kept as it is written.
//! Does not know what stands in the block.

/// CoreDNS's port for plain DNS, where nothing else is said.
const DEFAULT_PORT: &str = "53";
/// What stands before `://` for other transports than plain DNS; in lower case, or it is none.
const OTHERS: [&str; 6] = ["tls", "quic", "grpc", "https", "https3", "unix"];

/// Where a server block serves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Key {
    /// As it is written.
    pub(super) text: String,
    /// The zone, without its final dot, in lower case where it is known; the root is empty.
    pub(super) zone: String,
    /// The port, as written, without leading zeros; `None` where none is.
    pub(super) port: Option<String>,
    /// `tls`, ...; `None` for plain DNS.
    pub(super) transport: Option<&'static str>,
}

/// Whether a text holds an environment variable: `{$NAME}` or `{%NAME%}`.
pub(super) fn has_variable(text: &str) -> bool {
    let closes = |opening: &str, closing: &str| {
        text.find(opening).is_some_and(|at| text[at + opening.len()..].contains(closing))
    };
    closes("{$", "}") || closes("{%", "%}")
}

/// Whether two ports are one: a port that is not written is 53.
pub(super) fn is_same_port(one: Option<&str>, other: Option<&str>) -> bool {
    one.unwrap_or(DEFAULT_PORT) == other.unwrap_or(DEFAULT_PORT)
}

impl Key {
    /// Reads a key.
    ///
    /// # Errors
    /// A key with which CoreDNS does not start, in words.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let after = |name: &str| text.strip_prefix(name)?.strip_prefix("://");
        let other = OTHERS.into_iter().find_map(|name| Some((name, after(name)?)));
        let (transport, rest) = match other {
            Some((name, rest)) => (Some(name), rest),
            None => (None, after("dns").unwrap_or(text)),
        };
        if rest.ends_with(':') {
            return Err("a port is missing behind its colon");
        }
        let (zone, port) = split(rest);
        if zone.is_empty() {
            return Err("a key without a zone; the root is written `.`");
        }
        let zone = zone.strip_suffix('.').unwrap_or(zone);
        let zone = match has_variable(zone) {
            true => zone.to_owned(),
            false => zone.to_ascii_lowercase(),
        };
        Ok(Self { text: text.to_owned(), zone, port, transport })
    }

    /// Whether it serves the root in plain DNS.
    pub(super) fn is_plain_root(&self) -> bool {
        self.transport.is_none() && self.zone.is_empty()
    }

    /// Whether only CoreDNS knows which zone it is.
    pub(super) fn is_unknown(&self) -> bool {
        has_variable(&self.zone)
    }
}

/// Parts the port from a zone.
fn split(text: &str) -> (&str, Option<String>) {
    // A colon inside of a variable is none.
    let from = match text.ends_with('}') {
        true => text.rfind("{$").max(text.rfind("{%")).unwrap_or(0),
        false => text.len(),
    };
    match text[..from].rsplit_once(':') {
        Some((zone, "")) if from < text.len() => (zone, Some(text[from..].to_owned())),
        Some((zone, port)) if from == text.len() => match port.parse::<u64>() {
            Ok(port) => (zone, Some(port.to_string())),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_coredns_reads_them() {
        for (text, zone, port, transport) in [
            (".", "", None, None),
            (".:53", "", Some("53"), None),
            (".:0053", "", Some("53"), None),
            ("dns://.:5353", "", Some("5353"), None),
            ("tls://.", "", None, Some("tls")),
            ("https3://.:443", "", Some("443"), Some("https3")),
            ("DNS://.", "dns://", None, None),
            ("h2://.:53", "h2://", Some("53"), None),
            (".:{$PORT}", "", Some("{$PORT}"), None),
            (".:{$PORT:53}", "", Some("{$PORT:53}"), None),
            (".:{%PORT%}", "", Some("{%PORT%}"), None),
            ("Example.COM.:53", "example.com", Some("53"), None),
            ("{$ZONE}", "{$ZONE}", None, None),
            (".{$PORT}", ".{$PORT}", None, None),
            ("{$A}.Example.com:{$B}", "{$A}.Example.com", Some("{$B}"), None),
            ("10.0.0.0/8", "10.0.0.0/8", None, None),
            ("2001:db8::/32:5353", "2001:db8::/32", Some("5353"), None),
            ("2001:db8::/32", "2001:db8::/32", None, None),
            ("*", "*", None, None),
            (".:dns", ".:dns", None, None),
        ] {
            let key = Key::parse(text).expect(text);
            assert_eq!((&*key.zone, key.port.as_deref(), key.transport), (zone, port, transport));
            assert_eq!(key.text, text);
        }
        for text in [":53", "", ".:", "dns://", "tls://:853"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        assert!(is_same_port(None, Some("53")) && !is_same_port(Some("{$P}"), None));
    }
}
