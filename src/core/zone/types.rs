//! Types of records as master files know them: their names, and what their data are made of.
//!
//! In: a name or a number. Out: the other, and the fields of the data in their order (IANA's registry of
//! resource record types, and the RFCs that it names). Does not know how a field is read or written.

use std::fmt;

use Field::{
    Address4, Address6, Algorithm, AmtRelay, Apl, Base32, Base64, Bitmap, Blob, Certificate, Eui48,
    Eui64, Groups, Hip, IpsecKey, Location, Moment, Name, Nsap, Number8, Number16, Number32,
    Params, Plain, Salt, Seconds, Tag, Text, Texts, Type,
};

/// A record whose data are the addresses of another name of ours: an extension of fedns, of the range for
/// private use (RFC 6895, section 3.1). It is never sent.
pub const ALIAS: u16 = 65_401;

/// A part of a record's data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    /// An IPv4 address.
    Address4,
    /// An IPv6 address.
    Address6,
    /// A number of 8 bits, or the mnemonic of a DNSSEC algorithm (RFC 4034, appendix A.1).
    Algorithm,
    /// Precedence, discovery bit, type and relay (RFC 8777, section 4.2).
    AmtRelay,
    /// Address prefixes to the end (RFC 3123).
    Apl,
    /// Octets in base 32, with their number before them (RFC 5155, section 3.3).
    Base32,
    /// Octets in base 64, to the end.
    Base64,
    /// Types in a bitmap (RFC 4034, section 4.1.2), to the end.
    Bitmap,
    /// The octets of one string, to the end, without their number.
    Plain,
    /// Octets in hexadecimal digits, to the end; some at least.
    Blob,
    /// A number of 16 bits, or the mnemonic of a certificate's type (RFC 4398, section 2.1).
    Certificate,
    /// Six octets (RFC 7043).
    Eui48,
    /// Eight octets (RFC 7043).
    Eui64,
    /// Four groups of hexadecimal digits (RFC 6742).
    Groups,
    /// Identity, key and rendezvous servers (RFC 8005, section 5).
    Hip,
    /// Precedence, gateway and key (RFC 4025).
    IpsecKey,
    /// A place on Earth (RFC 1876).
    Location,
    /// A time (RFC 4034, section 3.1.5).
    Moment,
    /// A name.
    Name,
    /// An address of the ISO (RFC 1706): `0x` and digits.
    Nsap,
    /// A number of 8 bits.
    Number8,
    /// A number of 16 bits.
    Number16,
    /// A number of 32 bits.
    Number32,
    /// Parameters of a service binding (RFC 9460), to the end.
    Params,
    /// Octets in hexadecimal digits, with their number before them; `-` for none.
    Salt,
    /// A number of seconds, of 32 bits, that may have units.
    Seconds,
    /// A property of CAA (RFC 8659, section 4.1): letters and digits, with their number.
    Tag,
    /// A character-string.
    Text,
    /// Character-strings to the end, one at least.
    Texts,
    /// The type of other records.
    Type,
}

/// A type that has a name.
#[derive(Debug)]
pub(super) struct TypeRule {
    pub(super) number: u16,
    pub(super) name: &'static str,
    /// What the data are made of; `None` for types of which only octets are known (RFC 3597).
    pub(super) fields: Option<&'static [Field]>,
}

const fn of(number: u16, name: &'static str, fields: &'static [Field]) -> TypeRule {
    TypeRule { number, name, fields: Some(fields) }
}

const fn octets(number: u16, name: &'static str) -> TypeRule {
    TypeRule { number, name, fields: None }
}

const DNSKEY: &[Field] = &[Number16, Number8, Algorithm, Base64];
const DS: &[Field] = &[Number16, Algorithm, Number8, Blob];
const SIGNATURE: &[Field] =
    &[Type, Algorithm, Number8, Seconds, Moment, Moment, Number16, Name, Base64];
const BINDING: &[Field] = &[Number16, Name, Params];
const ASSOCIATION: &[Field] = &[Number8, Number8, Number8, Blob];

/// By number.
static TYPES: [TypeRule; 92] = [
    of(1, "A", &[Address4]),
    of(2, "NS", &[Name]),
    of(3, "MD", &[Name]),
    of(4, "MF", &[Name]),
    of(5, "CNAME", &[Name]),
    of(6, "SOA", &[Name, Name, Number32, Seconds, Seconds, Seconds, Seconds]),
    of(7, "MB", &[Name]),
    of(8, "MG", &[Name]),
    of(9, "MR", &[Name]),
    octets(10, "NULL"),
    octets(11, "WKS"),
    of(12, "PTR", &[Name]),
    of(13, "HINFO", &[Text, Text]),
    of(14, "MINFO", &[Name, Name]),
    of(15, "MX", &[Number16, Name]),
    of(16, "TXT", &[Texts]),
    of(17, "RP", &[Name, Name]),
    of(18, "AFSDB", &[Number16, Name]),
    of(19, "X25", &[Text]),
    of(20, "ISDN", &[Texts]),
    of(21, "RT", &[Number16, Name]),
    of(22, "NSAP", &[Nsap]),
    of(23, "NSAP-PTR", &[Name]),
    of(24, "SIG", SIGNATURE),
    of(25, "KEY", DNSKEY),
    of(26, "PX", &[Number16, Name, Name]),
    of(27, "GPOS", &[Text, Text, Text]),
    of(28, "AAAA", &[Address6]),
    of(29, "LOC", &[Location]),
    octets(30, "NXT"),
    of(31, "EID", &[Blob]),
    of(32, "NIMLOC", &[Blob]),
    of(33, "SRV", &[Number16, Number16, Number16, Name]),
    octets(34, "ATMA"),
    of(35, "NAPTR", &[Number16, Number16, Text, Text, Text, Name]),
    of(36, "KX", &[Number16, Name]),
    of(37, "CERT", &[Certificate, Number16, Algorithm, Base64]),
    octets(38, "A6"),
    of(39, "DNAME", &[Name]),
    octets(40, "SINK"),
    octets(41, "OPT"),
    of(42, "APL", &[Apl]),
    of(43, "DS", DS),
    of(44, "SSHFP", &[Number8, Number8, Blob]),
    of(45, "IPSECKEY", &[IpsecKey]),
    of(46, "RRSIG", SIGNATURE),
    of(47, "NSEC", &[Name, Bitmap]),
    of(48, "DNSKEY", DNSKEY),
    of(49, "DHCID", &[Base64]),
    of(50, "NSEC3", &[Number8, Number8, Number16, Salt, Base32, Bitmap]),
    of(51, "NSEC3PARAM", &[Number8, Number8, Number16, Salt]),
    of(52, "TLSA", ASSOCIATION),
    of(53, "SMIMEA", ASSOCIATION),
    of(55, "HIP", &[Hip]),
    of(56, "NINFO", &[Texts]),
    of(57, "RKEY", DNSKEY),
    of(58, "TALINK", &[Name, Name]),
    of(59, "CDS", DS),
    of(60, "CDNSKEY", DNSKEY),
    of(61, "OPENPGPKEY", &[Base64]),
    of(62, "CSYNC", &[Number32, Number16, Bitmap]),
    of(63, "ZONEMD", &[Number32, Number8, Number8, Blob]),
    of(64, "SVCB", BINDING),
    of(65, "HTTPS", BINDING),
    of(66, "DSYNC", &[Type, Number8, Number16, Name]),
    of(67, "HHIT", &[Base64]),
    of(68, "BRID", &[Base64]),
    of(99, "SPF", &[Texts]),
    of(104, "NID", &[Number16, Groups]),
    of(105, "L32", &[Number16, Address4]),
    of(106, "L64", &[Number16, Groups]),
    of(107, "LP", &[Number16, Name]),
    of(108, "EUI48", &[Eui48]),
    of(109, "EUI64", &[Eui64]),
    octets(128, "NXNAME"),
    octets(249, "TKEY"),
    octets(250, "TSIG"),
    octets(251, "IXFR"),
    octets(252, "AXFR"),
    octets(253, "MAILB"),
    octets(254, "MAILA"),
    octets(255, "ANY"),
    of(256, "URI", &[Number16, Number16, Plain]),
    of(257, "CAA", &[Number8, Tag, Plain]),
    of(258, "AVC", &[Texts]),
    of(260, "AMTRELAY", &[AmtRelay]),
    of(261, "RESINFO", &[Texts]),
    of(262, "WALLET", &[Texts]),
    of(263, "CLA", &[Texts]),
    of(32_768, "TA", DS),
    of(32_769, "DLV", DS),
    of(ALIAS, "ALIAS", &[Name]),
];

/// What is known of a type, if it has a name.
pub(super) fn rule(number: u16) -> Option<&'static TypeRule> {
    TYPES.binary_search_by_key(&number, |rule| rule.number).ok().map(|at| &TYPES[at])
}

/// The number of a type, by its name in letters of any case or as `TYPE123` (RFC 3597, section 5).
pub fn type_number(text: &str) -> Option<u16> {
    let named = TYPES.iter().find(|rule| rule.name.eq_ignore_ascii_case(text));
    named.map(|rule| rule.number).or_else(|| {
        let (prefix, digits) = text.split_at_checked(4)?;
        let is_number = prefix.eq_ignore_ascii_case("TYPE")
            && !digits.is_empty()
            && digits.bytes().all(|it| it.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number)
    })
}

/// A type's name, or `TYPE123`.
pub fn type_name(number: u16) -> impl fmt::Display {
    TypeName(number)
}

struct TypeName(u16);

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match rule(self.0) {
            Some(rule) => f.write_str(rule.name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

/// Whether records of a type are data: those of questions and of single messages are not (RFC 6895, section
/// 3.1), nor is NXNAME (RFC 9824).
pub(super) fn is_data(number: u16) -> bool {
    !matches!(number, 0 | 41 | 128 | 249..=255)
}

/// A number and the word that may stand for it.
pub(super) struct Mnemonic {
    pub(super) number: u16,
    pub(super) word: &'static str,
}

const fn word(number: u16, word: &'static str) -> Mnemonic {
    Mnemonic { number, word }
}

/// RFC 4034, appendix A.1, and IANA's registry of DNSSEC algorithms.
pub(super) const ALGORITHMS: [Mnemonic; 17] = [
    word(1, "RSAMD5"),
    word(2, "DH"),
    word(3, "DSA"),
    word(4, "ECC"),
    word(5, "RSASHA1"),
    word(6, "DSA-NSEC3-SHA1"),
    word(7, "RSASHA1-NSEC3-SHA1"),
    word(8, "RSASHA256"),
    word(10, "RSASHA512"),
    word(12, "ECC-GOST"),
    word(13, "ECDSAP256SHA256"),
    word(14, "ECDSAP384SHA384"),
    word(15, "ED25519"),
    word(16, "ED448"),
    word(252, "INDIRECT"),
    word(253, "PRIVATEDNS"),
    word(254, "PRIVATEOID"),
];

/// RFC 4398, section 2.1.
pub(super) const CERTIFICATES: [Mnemonic; 10] = [
    word(1, "PKIX"),
    word(2, "SPKI"),
    word(3, "PGP"),
    word(4, "IPKIX"),
    word(5, "ISPKI"),
    word(6, "IPGP"),
    word(7, "ACPKIX"),
    word(8, "IACPKIX"),
    word(253, "URI"),
    word(254, "OID"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_name_and_number() {
        assert!(TYPES.is_sorted_by_key(|rule| rule.number));
        for rule in &TYPES {
            assert_eq!(type_number(&rule.name.to_lowercase()), Some(rule.number));
            assert_eq!(type_name(rule.number).to_string(), rule.name);
        }
        assert_eq!(type_number("TYPE65280"), Some(65280));
        assert_eq!(type_name(65280).to_string(), "TYPE65280");
        for bad in ["TYPE", "TYPE65536", "TYPE+1", "AA", ""] {
            assert_eq!(type_number(bad), None, "{bad}");
        }
    }
}
