//! Handshakes of TLS that failed, in words.
//!
//! In: an error of the library. Out: what is wrong with which certificate, and what to do; no name of a
//! type. Does not know whom a connection was for.

use rustls::{AlertDescription, CertificateError, Error};

use crate::clusters::kubeconfig::Disbelief;
use crate::core::time::rfc3339;

/// What failed.
pub(in crate::clusters) fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => certificate(fault),
        Error::AlertReceived(alert) => refused(*alert),
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            "what answers there does not speak TLS; if it is the API server, its URL begins with \
             http:// and not with https://"
                .into()
        }
        Error::PeerIncompatible(_) => NOTHING_IN_COMMON.into(),
        Error::NoCertificatesPresented => "the API server shows no certificate".into(),
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::DecryptError => "what answers there breaks the rules of TLS".into(),
        _ => "the handshake of TLS failed".into(),
    }
}

const NOTHING_IN_COMMON: &str = "the API server and fedns have no way of TLS in common; fedns has TLS \
    1.2 with ECDHE, and 1.3, with keys of RSA from 2048 bits, P-256, P-384 and Ed25519";

/// What is wrong with the certificate of a server, or of one that vouches for it.
fn certificate(fault: &CertificateError) -> String {
    let whose = "the certificate of the API server";
    let any = "the certificate of the API server, or one that vouches for it,";
    match fault {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("{any} expired at {}", rfc3339(not_after.as_secs()))
        }
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "{any} is not valid before {}, and by the clock here it is {}",
            rfc3339(not_before.as_secs()),
            rfc3339(time.as_secs())
        ),
        CertificateError::Expired => format!("{any} has expired"),
        CertificateError::NotValidYet => format!("{any} is not valid yet by the clock here"),
        CertificateError::UnknownIssuer => format!(
            "{whose} is signed by nobody who is believed; give its authority in \
             `certificate-authority-data`"
        ),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<_> = presented.iter().map(|name| plain(name)).collect();
            let names = if names.is_empty() { "for no name".into() } else { names.join(", ") };
            format!(
                "{whose} is not for {}, but for: {names}; `tls-server-name` says which of them is meant",
                expected.to_str()
            )
        }
        CertificateError::NotValidForName => format!("{whose} is not for the name in `server`"),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            format!("{whose} is not one for servers (extended key usage)")
        }
        CertificateError::BadSignature => {
            format!(
                "the signature of {whose} is wrong, or by another key than that of its authority"
            )
        }
        CertificateError::BadEncoding => format!("{whose} can not be read as X.509"),
        CertificateError::UnhandledCriticalExtension => {
            format!("{whose} has a critical extension that is not known here")
        }
        CertificateError::Revoked => format!("{any} is revoked"),
        CertificateError::Other(other) => match other.0.downcast_ref::<Disbelief>() {
            Some(words) => words.to_string(),
            None => unusable(whose),
        },
        _ => unusable(whose),
    }
}

fn unusable(whose: &str) -> String {
    format!(
        "{whose} can not be checked; `openssl s_client -connect HOST:PORT | openssl x509 -noout -text` \
         shows what it is"
    )
}

/// A name of a certificate, which the library writes with what kind of name it is.
fn plain(name: &str) -> &str {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.unwrap_or(name).trim_matches('"')
}

/// What a server says when it ends a handshake.
fn refused(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => {
            "the API server wants a client certificate, and there is none".into()
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => {
            "the API server does not take the client certificate".into()
        }
        AlertDescription::CertificateExpired => {
            "the API server says that the client certificate has expired".into()
        }
        AlertDescription::CertificateRevoked => {
            "the API server says that the client certificate is revoked".into()
        }
        AlertDescription::UnrecognisedName => {
            "the API server does not know the name that it is asked by; `tls-server-name` says another \
             one"
                .into()
        }
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity => NOTHING_IN_COMMON.into(),
        other => format!("the API server ended the handshake of TLS (alert {})", u8::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn words_name_no_type() {
        let expected = ServerName::try_from("api.example.com").expect("a name");
        let presented = vec!["DnsName(\"a.example.com\")".into(), "IpAddress(192.0.2.1)".into()];
        let error = CertificateError::NotValidForNameContext { expected, presented };
        let said = words(&Error::InvalidCertificate(error));
        let names = "is not for api.example.com, but for: a.example.com, 192.0.2.1;";
        assert!(said.contains(names), "{said}");
        let all = [
            Error::InvalidCertificate(CertificateError::UnknownIssuer),
            Error::InvalidCertificate(CertificateError::UnknownRevocationStatus),
            Error::AlertReceived(AlertDescription::UnknownCA),
            Error::AlertReceived(AlertDescription::Unknown(200)),
            Error::DecryptError,
            Error::General("s3cret".into()),
        ];
        for error in all {
            let said = words(&error);
            let is_type = |word: &str| word.chars().skip(1).any(char::is_uppercase);
            let known = ["API", "TLS", "HOST:PORT", "ECDHE,", "X.509", "CA"];
            let types: Vec<_> =
                said.split(' ').filter(|it| is_type(it) && !known.contains(it)).collect();
            assert!(types.is_empty() && !said.contains("s3cret"), "{said}: {types:?}");
        }
    }
}
