//! The numbers of the wire, and octets in and out.
//!
//! In: packets of strangers. Out: [`query::Query`]; and through [`writer::Writer`] our messages.
//! Does not know which names exist or what is answered.

pub mod query;
pub mod writer;
pub mod compression;

/// A type of resource record, by number (RFC 1035, section 3.2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RecordType(pub u16);

impl RecordType {
    /// IPv4 address.
    pub const A: Self = Self(1);
    /// Name server.
    pub const NS: Self = Self(2);
    /// Alias.
    pub const CNAME: Self = Self(5);
    /// Start of authority.
    pub const SOA: Self = Self(6);
    /// Host information; what ANY is answered with (RFC 8482).
    pub const HINFO: Self = Self(13);
    /// Mail exchange.
    pub const MX: Self = Self(15);
    /// IPv6 address (RFC 3596).
    pub const AAAA: Self = Self(28);
    /// Service location (RFC 2782).
    pub const SRV: Self = Self(33);
    /// Redirection of all names below (RFC 6672).
    pub const DNAME: Self = Self(39);
    /// EDNS (RFC 6891); not data.
    pub const OPT: Self = Self(41);
    /// Delegation signer (RFC 4034); stands at the parent's side of a cut.
    pub const DS: Self = Self(43);
    /// Service binding (RFC 9460).
    pub const SVCB: Self = Self(64);
    /// Service binding of HTTPS (RFC 9460).
    pub const HTTPS: Self = Self(65);
    /// Says "no such name" in a bitmap (RFC 9824); not to be asked for.
    pub const NXNAME: Self = Self(128);
    /// Transaction key (RFC 2930).
    pub const TKEY: Self = Self(249);
    /// Transaction signature (RFC 8945).
    pub const TSIG: Self = Self(250);
    /// Incremental transfer (RFC 1995).
    pub const IXFR: Self = Self(251);
    /// Transfer (RFC 5936).
    pub const AXFR: Self = Self(252);
    /// Mailbox records; obsolete.
    pub const MAILB: Self = Self(253);
    /// Mail agents; obsolete.
    pub const MAILA: Self = Self(254);
    /// Any type (RFC 8482).
    pub const ANY: Self = Self(255);
}

/// A response code (RFC 6895, section 2.3); above 15 it needs EDNS.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Rcode(pub u16);

impl Rcode {
    /// No error.
    pub const NOERROR: Self = Self(0);
    /// The packet can not be read.
    pub const FORMERR: Self = Self(1);
    /// The server can not answer now.
    pub const SERVFAIL: Self = Self(2);
    /// The name does not exist.
    pub const NXDOMAIN: Self = Self(3);
    /// The kind of query is not served.
    pub const NOTIMP: Self = Self(4);
    /// The server will not answer this.
    pub const REFUSED: Self = Self(5);
    /// The name that a DNAME leads to is too long (RFC 6672, section 2.2).
    pub const YXDOMAIN: Self = Self(6);
    /// The EDNS version is not known (RFC 6891, section 9).
    pub const BADVERS: Self = Self(16);

    /// The code's name, as dig prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NOERROR => "NOERROR",
            Self::FORMERR => "FORMERR",
            Self::SERVFAIL => "SERVFAIL",
            Self::NXDOMAIN => "NXDOMAIN",
            Self::NOTIMP => "NOTIMP",
            Self::REFUSED => "REFUSED",
            Self::YXDOMAIN => "YXDOMAIN",
            Self::BADVERS => "BADVERS",
            _ => "OTHER",
        }
    }
}
