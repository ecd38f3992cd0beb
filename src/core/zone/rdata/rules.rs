//! What data of a type have to keep beside their form.
//!
//! In: a type and data whose fields can be read. Out: the rule that they break, in words.
//! Does not know owners or other records.

use super::params;
use super::wire::Wire;

/// What is wrong, if anything is.
pub(super) fn broken(type_number: u16, data: &[u8]) -> Option<&'static str> {
    match (type_number, data) {
        // DS, CDS, TA, DLV: digests have one length each (RFC 4034, 4509, 6605). RFC 8078: 0 asks to remove.
        (43 | 59 | 32_768 | 32_769, [_, _, _, kind, digest @ ..]) => match (kind, digest.len()) {
            (1, 20) | (2 | 3, 32) | (4, 48) | (0 | 5.., _) => None,
            _ => Some("the digest has another length than its type wants"),
        },
        // SSHFP (RFC 4255, 6594).
        (44, [_, kind, print @ ..]) => match (kind, print.len()) {
            (1, 20) | (2, 32) | (0 | 3.., _) => None,
            _ => Some("the fingerprint has another length than its type wants"),
        },
        // TLSA, SMIMEA (RFC 6698, section 2.1.3).
        (52 | 53, [_, _, kind, print @ ..]) => match (kind, print.len()) {
            (1, 32) | (2, 64) | (0 | 3.., _) => None,
            _ => Some("the association has another length than its matching type wants"),
        },
        // ZONEMD (RFC 8976, section 2.2.4).
        (63, [_, _, _, _, _, kind, digest @ ..]) => match (kind, digest.len()) {
            (1, 48) | (2, 64) => None,
            (1 | 2, _) => Some("the digest has another length than its algorithm wants"),
            (_, ..12) => Some("a digest has at least 12 octets"),
            _ => None,
        },
        // DNSKEY, CDNSKEY (RFC 4034, section 2.1.2).
        (48 | 60, [_, _, protocol, ..]) if *protocol != 3 => Some("the protocol of a key is 3"),
        // SVCB, HTTPS.
        (64 | 65, [_, _, ..]) => {
            let mut wire = Wire(data.get(2..)?);
            wire.name()?;
            params::broken(wire)
        }
        _ => None,
    }
}
