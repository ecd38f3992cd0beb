//! The scalars of the file: names, addresses, durations, numbers.
//!
//! In: a scalar's text. Out: its value, or what is wrong with it and what would be right.
//! Nothing is mended: what is not exactly a value is a fault.
//! Does not know under which key a scalar stands.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use wildmatch::WildMatch;

use crate::config::read::{Word, Wrong};
use crate::core::name::{BadName, Label, Name};
use crate::core::service::{ServiceKey, unix_seconds};
use crate::presentation;

/// Largest TTL (RFC 2181, section 8).
pub(super) const MAX_TTL: u64 = (1 << 31) - 1;
/// Why an address is no name.
const ADDRESS_LIKE: &str = "its last label is a number, as in an address";
/// The port that is meant where none is written.
const DNS_PORT: u16 = 53;

impl Word for String {
    const EXPECTED: &str = "text";

    fn word(text: &str) -> Result<Self, Wrong> {
        if text.is_empty() {
            return Err(Wrong::new("this is empty", "expected text"));
        }
        Ok(text.to_owned())
    }
}

impl Word for bool {
    const EXPECTED: &str = "`true` or `false`";

    fn word(text: &str) -> Result<Self, Wrong> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Wrong::new(
                format!("{text:?} is neither true nor false"),
                "expected `true` or `false`",
            )),
        }
    }
}

impl Word for Label {
    const EXPECTED: &str = "a DNS label";

    fn word(text: &str) -> Result<Self, Wrong> {
        Self::parse(text).map_err(|why| {
            Wrong::new(format!("{text:?} is not a DNS label"), why.to_string())
                .help("a label is 1 to 63 letters, digits and hyphens, no hyphen first or last")
        })
    }
}

/// A label that stands beside the literal `svc` in names, and so can not be that.
#[derive(Clone, Debug)]
pub struct NotSvc(pub Label);

impl Word for NotSvc {
    const EXPECTED: &str = Label::EXPECTED;

    fn word(text: &str) -> Result<Self, Wrong> {
        let label = Label::word(text)?;
        if label.as_str() == "svc" {
            return Err(Wrong::new(
                "`svc` can not stand here",
                "names have the word `svc` between federation and place",
            )
            .help("choose another name: `svc` would be read as that word"));
        }
        Ok(Self(label))
    }
}

/// A moment, in unix seconds.
#[derive(Clone, Copy, Debug)]
pub struct Until(pub u64);

impl Word for Until {
    const EXPECTED: &str = "a moment such as 2026-12-01T18:00:00Z";

    fn word(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong::new(format!("{text:?} is no moment"), "expected RFC 3339");
        let moment = unix_seconds(text).map(Self);
        moment.ok_or_else(|| wrong().help("write it as 2026-12-01T18:00:00Z"))
    }
}

/// A service, as `namespace/name`.
#[derive(Clone, Debug)]
pub struct ServiceName(pub ServiceKey);

impl Word for ServiceName {
    const EXPECTED: &str = "a service such as shop/cart";

    fn word(text: &str) -> Result<Self, Wrong> {
        let Some((namespace, name)) = text.split_once('/') else {
            let wrong = Wrong::new(format!("{text:?} is no service"), "expected NAMESPACE/NAME");
            return Err(wrong.help(format!("write `NAMESPACE/{text}`")));
        };
        Ok(Self(ServiceKey { namespace: Label::word(namespace)?, name: Label::word(name)? }))
    }
}

impl Word for Name {
    const EXPECTED: &str = "a domain name";

    fn word(text: &str) -> Result<Self, Wrong> {
        let name = Self::parse(text).map_err(|why| not_a_name(text, why))?;
        // RFC 1123, section 2.1: a name whose last label is a number would be read as an address.
        let last = name.labels().last().unwrap_or_default();
        if !last.is_empty() && last.iter().all(u8::is_ascii_digit) {
            let wrong = Wrong::new(format!("{text:?} is not a domain name"), ADDRESS_LIKE);
            return Err(wrong.help("a name is expected, not an address"));
        }
        if name.label_count() == 0 {
            return Err(Wrong::new("the root can not stand here", "expected a domain name"));
        }
        Ok(name)
    }
}

fn not_a_name(text: &str, why: BadName) -> Wrong {
    let wrong = Wrong::new(format!("{text:?} is not a domain name"), why.to_string());
    if let Some(form) = presentation::a_labels(text) {
        wrong.help(format!("write `{form}`"))
    } else if text.parse::<IpAddr>().is_ok() {
        wrong.help("a name is expected, not an address")
    } else {
        wrong
    }
}

impl Word for IpAddr {
    const EXPECTED: &str = "an IP address";

    fn word(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| {
            let wrong = Wrong::new(
                format!("{text:?} is not an IP address"),
                "expected an address such as 192.0.2.53 or 2001:db8::53",
            );
            match text.parse::<SocketAddr>() {
                Ok(with_port) => wrong.help(format!("no port here: write `{}`", with_port.ip())),
                Err(_) => wrong,
            }
        })
    }
}

impl Word for SocketAddr {
    const EXPECTED: &str = "ADDRESS:PORT";

    fn word(text: &str) -> Result<Self, Wrong> {
        text.parse().map_err(|_| {
            let wrong = Wrong::new(
                format!("{text:?} is not an address with a port"),
                "expected ADDRESS:PORT, such as 127.0.0.1:5300 or [::1]:5300",
            );
            match text.parse::<IpAddr>() {
                Ok(IpAddr::V4(v4)) => {
                    return wrong.help(format!("say the port: `{v4}:{DNS_PORT}`"));
                }
                Ok(IpAddr::V6(_)) => {
                    return wrong.help("an IPv6 address stands in brackets before the port");
                }
                Err(_) => {}
            }
            match text.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) {
                Some(("" | "*", Ok(port))) => {
                    wrong.help(format!("write `0.0.0.0:{port}`, and `[::]:{port}` for IPv6"))
                }
                Some((_, Err(_))) => wrong.help("a port is a number from 0 to 65535"),
                Some((_, Ok(_))) => {
                    wrong.help("an address is expected before the port, not a name")
                }
                None => wrong,
            }
        })
    }
}

/// The address of a resolver, with port 53 where none is written.
#[derive(Clone, Copy, Debug)]
pub struct Upstream(pub SocketAddr);

impl Word for Upstream {
    const EXPECTED: &str = "ADDRESS or ADDRESS:PORT";

    fn word(text: &str) -> Result<Self, Wrong> {
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Self(SocketAddr::new(address, DNS_PORT))),
            Err(_) => SocketAddr::word(text).map(Self),
        }
    }
}

/// What a client calls a server: a host name in lower case without its final dot, or an address.
#[derive(Clone, Debug)]
pub struct Host(pub String);

impl Word for Host {
    const EXPECTED: &str = "a host name or an IP address";

    fn word(text: &str) -> Result<Self, Wrong> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().to_string()));
        }
        let wrong = |why: String| Wrong::new(format!("{text:?} is not a host name"), why);
        Name::parse(text).map_err(|why| {
            let wrong = wrong(why.to_string());
            if text.contains("://") {
                wrong.help("the name alone, without `http://`, port and path")
            } else if text.contains('*') {
                wrong.help("there are no wildcards here: list each name")
            } else if text.contains(':') {
                wrong.help("the name alone, without a port: any port is taken")
            } else {
                wrong
            }
        })?;
        match text.trim_end_matches('.') {
            "" => Err(wrong("expected a name such as fedns.example.com".to_owned())),
            name => Ok(Self(name.to_ascii_lowercase())),
        }
    }
}

/// A value, or the word `off` for none.
#[derive(Clone, Copy, Debug)]
pub struct OrOff<T>(pub Option<T>);

impl<T: Word> Word for OrOff<T> {
    const EXPECTED: &str = T::EXPECTED;

    fn word(text: &str) -> Result<Self, Wrong> {
        if text == "off" { Ok(Self(None)) } else { T::word(text).map(|value| Self(Some(value))) }
    }
}

impl Word for IpNet {
    const EXPECTED: &str = "a network such as 10.8.0.0/14";

    fn word(text: &str) -> Result<Self, Wrong> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::from(address));
        }
        text.parse().map_err(|_| {
            let wrong = Wrong::new(
                format!("{text:?} is not a network"),
                "expected ADDRESS/PREFIX, such as 10.8.0.0/14 or 2001:db8::/32",
            );
            match text.split_once('/').map(|(address, prefix)| (address.parse::<IpAddr>(), prefix))
            {
                Some((Ok(IpAddr::V4(_)), _)) => {
                    wrong.help("an IPv4 prefix is a number from 0 to 32")
                }
                Some((Ok(IpAddr::V6(_)), _)) => {
                    wrong.help("an IPv6 prefix is a number from 0 to 128")
                }
                Some((Err(_), _)) | None => wrong,
            }
        })
    }
}

/// A glob of namespaces: `*` stands for any letters, `?` for one.
#[derive(Clone, Debug)]
pub struct Glob(pub WildMatch);

impl Word for Glob {
    const EXPECTED: &str = "a namespace, or a glob such as `pay-*`";

    fn word(text: &str) -> Result<Self, Wrong> {
        let wrong = |label: String| {
            Wrong::new(format!("{text:?} matches no namespace"), label).help(
                "namespaces are lower-case letters, digits and hyphens; `*` and `?` are wildcards",
            )
        };
        let fits =
            |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '*' | '?');
        if let Some(bad) = text.chars().find(|c| !fits(c)) {
            return Err(wrong(format!("{bad:?} stands in no namespace")));
        }
        if !text.contains(['*', '?']) {
            Label::parse(text).map_err(|why| wrong(why.to_string()))?;
        }
        Ok(Self(WildMatch::new(text)))
    }
}

/// A length of time, written with its unit.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub Duration);

impl Word for Span {
    const EXPECTED: &str = "a duration such as `30s`, `5m` or `1h`";

    fn word(text: &str) -> Result<Self, Wrong> {
        let wrong = || {
            Wrong::new(
                format!("{text:?} is not a duration"),
                format!("expected {}", Self::EXPECTED),
            )
        };
        if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
            return Err(wrong().help(format!("say the unit: `{text}s` are seconds")));
        }
        humantime::parse_duration(text).map(Self).map_err(|why| wrong().help(why.to_string()))
    }
}

/// A TTL: whole seconds, as a number or a duration.
#[derive(Clone, Copy, Debug)]
pub struct Ttl(pub u32);

impl Word for Ttl {
    const EXPECTED: &str = "seconds, or a duration such as `180s`";

    fn word(text: &str) -> Result<Self, Wrong> {
        let too_long = || {
            Wrong::new(
                format!("{text:?} is too long for a TTL"),
                format!("at most {MAX_TTL} seconds (RFC 2181, section 8)"),
            )
        };
        let seconds = if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
            text.parse().map_err(|_| too_long())?
        } else {
            let Ok(duration) = humantime::parse_duration(text) else {
                return Err(Wrong::new(
                    format!("{text:?} is not a TTL"),
                    format!("expected {}", Self::EXPECTED),
                ));
            };
            if duration.subsec_nanos() != 0 {
                return Err(Wrong::new(format!("{text:?} is not a TTL"), "expected whole seconds"));
            }
            duration.as_secs()
        };
        u32::try_from(seconds).ok().filter(|_| seconds <= MAX_TTL).map(Self).ok_or_else(too_long)
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
pub struct Number<const MIN: u16, const MAX: u16>(pub u16);

impl<const MIN: u16, const MAX: u16> Word for Number<MIN, MAX> {
    const EXPECTED: &str = "a number";

    fn word(text: &str) -> Result<Self, Wrong> {
        let expected = format!("expected a number from {MIN} to {MAX}");
        match text.parse::<i128>().map(u16::try_from) {
            Ok(Ok(number)) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            Ok(_) => Err(Wrong::new(format!("{text} is out of range"), expected)),
            Err(_) => Err(Wrong::new(format!("{text:?} is not a number"), expected)),
        }
    }
}

/// A share of a hundred, written with its sign: `50%`.
#[derive(Clone, Copy, Debug)]
pub struct Percent(pub u8);

impl Word for Percent {
    const EXPECTED: &str = "a share such as `50%`";

    fn word(text: &str) -> Result<Self, Wrong> {
        let expected = "expected a share from `0%` to `100%`";
        let wrong = Wrong::new(format!("{text:?} is not a share"), expected);
        let Some(number) = text.strip_suffix('%') else {
            return Err(match text.parse::<u8>() {
                Ok(number @ 0..=100) => wrong.help(format!("say the unit: `{number}%`")),
                _ => wrong,
            });
        };
        match number.parse::<u8>() {
            Ok(number @ 0..=100) => Ok(Self(number)),
            _ => Err(wrong),
        }
    }
}
