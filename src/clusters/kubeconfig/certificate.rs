//! Certificates and keys in PEM, and what is to be said of those that can not be used.
//!
//! In: octets of PEM (RFC 7468) in which other things may stand, as Go's decoder passes over them. Out:
//! certificates, keys, or which property of them it is, in plain words.
//! Does not know what they are for.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Bits of RSA keys whose signatures can be checked.
const RSA_CHECKED: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The certificates of a text; those that can not be read as PEM are passed over.
pub(super) fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// Why no certificate was found in a text, to stand behind its name.
pub(super) fn no_certificate(pem: &[u8]) -> &'static str {
    let has = |words: &[u8]| pem.windows(words.len()).any(|window| window == words);
    if pem.is_empty() {
        "is empty; expected a certificate in PEM"
    } else if has(b"-----BEGIN CERTIFICATE-----") {
        "holds a certificate that is cut or damaged; expected one whole in PEM"
    } else if has(b"-----BEGIN ") {
        "holds PEM, and no certificate in it; expected `-----BEGIN CERTIFICATE-----`"
    } else {
        "is no PEM; expected a text with `-----BEGIN CERTIFICATE-----`"
    }
}

/// The first private key of a text.
pub(super) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, &'static str> {
    let has = |words: &[u8]| pem.windows(words.len()).any(|window| window == words);
    if has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED") {
        return Err(
            "is encrypted with a password, and nobody is there to say it; write it without, \
                    as `openssl pkey` does",
        );
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        if has(b"-----BEGIN DSA PRIVATE KEY-----") {
            "is a key for DSA, which TLS has no use for"
        } else if has(b" PRIVATE KEY-----") {
            "holds a private key that is cut or damaged; expected one whole in PEM"
        } else if has(b"-----BEGIN ") {
            "holds PEM, and no private key in it; expected `-----BEGIN PRIVATE KEY-----`"
        } else {
            "is no PEM; expected a text with `-----BEGIN PRIVATE KEY-----`"
        }
    })
}

/// The octets of a public key without its algorithm.
pub(super) fn public_key(spki: &[u8]) -> Option<Vec<u8>> {
    let (_, spki) = SubjectPublicKeyInfo::from_der(spki).ok()?;
    Some(spki.subject_public_key.data.to_vec())
}

/// That of a certificate.
pub(super) fn public_key_of(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.public_key().subject_public_key.data.to_vec())
}

/// What kind of key a certificate is for, such as `RSA of 1024 bits`.
pub(super) fn kind_of_key(certificate: &CertificateDer<'_>) -> String {
    let parsed = X509Certificate::from_der(certificate);
    parsed.map_or("an unknown kind".into(), |(_, it)| kind(it.public_key()))
}

fn kind(spki: &SubjectPublicKeyInfo<'_>) -> String {
    match spki.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA of {} bits", rsa.key_size()),
        Ok(PublicKey::EC(_)) => {
            let oid = spki.algorithm.parameters.as_ref().and_then(|it| it.clone().oid().ok());
            format!("an elliptic curve, {}", curve(oid.as_ref()))
        }
        Ok(PublicKey::DSA(_)) => "DSA".into(),
        _ => match &*spki.algorithm.algorithm.to_id_string() {
            "1.3.101.112" => "Ed25519".into(),
            "1.3.101.113" => "Ed448".into(),
            "1.2.840.113549.1.1.10" => "RSA for PSS alone".into(),
            _ => "an unknown kind".into(),
        },
    }
}

/// The name of a curve (RFC 5480, section 2.1.1.1).
fn curve(oid: Option<&Oid<'_>>) -> &'static str {
    match oid.map(Oid::to_id_string).as_deref() {
        Some("1.2.840.10045.3.1.7") => "P-256",
        Some("1.3.132.0.34") => "P-384",
        Some("1.3.132.0.35") => "P-521",
        Some("1.3.132.0.33") => "P-224",
        Some("1.3.132.0.10") => "secp256k1",
        _ => "an uncommon one",
    }
}

/// Why the signatures of a certificate, or with its key, can not be checked here; `whose` it is.
pub(super) fn weakness(whose: &str, certificate: &CertificateDer<'_>) -> Option<String> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return Some(format!("{whose} is no certificate that can be read"));
    };
    let spki = parsed.public_key();
    let is_weak = match spki.parsed() {
        Ok(PublicKey::RSA(rsa)) => !RSA_CHECKED.contains(&rsa.key_size()),
        _ => !matches!(
            &*kind(spki),
            "an elliptic curve, P-256" | "an elliptic curve, P-384" | "Ed25519"
        ),
    };
    if is_weak {
        return Some(format!(
            "the key of {whose} is of {}; fedns checks RSA of 2048 to 8192 bits, P-256, P-384 and \
             Ed25519",
            kind(spki)
        ));
    }
    let is_own = parsed.subject() == parsed.issuer();
    let hash = match &*parsed.signature_algorithm.algorithm.to_id_string() {
        "1.2.840.113549.1.1.2" | "1.2.840.113549.1.1.4" => "MD5",
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => "SHA-1",
        _ => return None,
    };
    // Nobody looks at how an authority has signed itself.
    (!is_own).then(|| format!("{whose} is signed with {hash}, which proves nothing any more"))
}

/// Whether a certificate that is believed as it is may be a server's now: its time has come and not
/// passed, and nothing in it says otherwise (RFC 5280, sections 4.1.2.5 and 4.2).
pub(super) fn may_serve(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let Ok(now) = i64::try_from(now.as_secs()) else { return false };
    let validity = certificate.validity();
    let is_now = validity.not_before.timestamp() <= now && now <= validity.not_after.timestamp();
    let is_for_servers = match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.any || usage.value.server_auth,
        Ok(None) => true,
        Err(_) => false,
    };
    let is_understood = |critical: bool, parsed: &ParsedExtension<'_>| {
        !critical
            || !matches!(
                parsed,
                ParsedExtension::UnsupportedExtension { .. }
                    | ParsedExtension::ParseError { .. }
                    | ParsedExtension::NameConstraints(_)
            )
    };
    let mut extensions = certificate.extensions().iter();
    is_now
        && is_for_servers
        && extensions.all(|it| is_understood(it.critical, it.parsed_extension()))
}
