//! When credentials expire.
//!
//! In: a bearer token; a certificate in PEM. Out: unix seconds, where they say so. Nothing is
//! verified: that is the server's to do. Does not know where credentials come from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use x509_parser::pem::Pem;

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
}

/// `exp` of a JSON Web Token (RFC 7519, section 4.1.4).
pub(super) fn of_token(token: &str) -> Option<i64> {
    let claims = token.trim().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    claims.exp.map(|seconds| seconds as i64)
}

/// `notAfter` of the first certificate (RFC 5280, section 4.1.2.5): the client's own.
pub(super) fn of_certificate(pem: &[u8]) -> Option<i64> {
    let mut all = Pem::iter_from_buffer(pem).filter_map(Result::ok);
    let first = all.find(|pem| pem.label == "CERTIFICATE")?;
    Some(first.parse_x509().ok()?.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_say_when_they_expire() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"x","exp":1700000000}"#);
        assert_eq!(of_token(&format!("e30.{claims}.sig\n")), Some(1_700_000_000));
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"x"}"#);
        assert_eq!(of_token(&format!("e30.{claims}.sig")), None);
        for token in ["", "opaque", "a.b.c", "..", "e30.!.x"] {
            assert_eq!(of_token(token), None, "{token}");
        }
    }

    #[test]
    fn certificates_say_when_they_expire() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut parameters = rcgen::CertificateParams::new(vec![]).expect("no names");
        parameters.not_after = rcgen::date_time_ymd(2040, 1, 2);
        let pem = parameters.self_signed(&key).expect("a certificate").pem();
        let both = format!("{}{pem}", key.serialize_pem());
        assert_eq!(of_certificate(both.as_bytes()), Some(2_209_075_200));
        assert_eq!(of_certificate(b"-----BEGIN CERTIFICATE-----\nAAAA\n"), None);
        assert_eq!(of_certificate(b""), None);
    }
}
