//! When credentials expire.
//!
//! In: a bearer token; a certificate. Out: unix seconds, where they say so. Nothing is
//! verified: that is the server's to do. Does not know where credentials come from.

use ::base64::Engine;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The last second of the year 9999: moments behind it are no dates, and no clock can be set to them.
const LAST: f64 = 253_402_300_799.0;

#[derive(Deserialize)]
struct Claims {
    exp: Option<f64>,
}

/// `exp` of a JSON Web Token (RFC 7519, section 4.1.4).
pub(super) fn of_token(token: &str) -> Option<i64> {
    let claims = token.trim().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    claims.exp.map(|seconds| seconds.clamp(0.0, LAST) as i64)
}

/// `notAfter` of a certificate (RFC 5280, section 4.1.2.5).
pub(super) fn of_certificate(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp().clamp(0, LAST as i64))
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
        for (exp, expected) in [("1e300", 253_402_300_799), ("-1e300", 0)] {
            let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{exp}}}"#));
            assert_eq!(of_token(&format!("e30.{claims}.sig")), Some(expected));
        }
        for token in ["", "opaque", "a.b.c", "..", "e30.!.x"] {
            assert_eq!(of_token(token), None, "{token}");
        }
    }

    #[test]
    fn certificates_say_when_they_expire() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut parameters = rcgen::CertificateParams::new(vec![]).expect("no names");
        parameters.not_after = rcgen::date_time_ymd(2040, 1, 2);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        assert_eq!(of_certificate(certificate.der()), Some(2_209_075_200));
        assert_eq!(of_certificate(&CertificateDer::from(&b"no certificate"[..])), None);
    }
}
