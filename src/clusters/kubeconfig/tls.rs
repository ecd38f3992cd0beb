//! TLS towards API servers.
//!
//! In: whom to believe, who asks. Out: how the library is to do it, with what Go does and it does not:
//! client certificates of X.509 version 1; a server that is its own authority. What can not be done is
//! said by the property of the certificate or key.
//! Does not know where certificates come from.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};

use super::certificate::{kind_of_key, may_serve, public_key, public_key_of, weakness};

/// How long what this host believes is not read again.
const FRESH: Duration = Duration::from_secs(60);

/// Whom to believe.
pub(super) enum Trust {
    /// Anybody: the certificate is not looked at.
    Anybody,
    /// Nobody: there is no TLS.
    Nobody,
    /// These, and whom they vouch for.
    Given(Vec<CertificateDer<'static>>),
    /// Whom this host believes.
    Host,
}

/// A client's certificate, with those that vouch for it, and its key.
pub(super) struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Joins a certificate and a key; says what is wrong to stand behind "the client certificate".
    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, String> {
        let Some(own) = chain.first() else { return Err("is missing".into()) };
        let of_certificate =
            public_key_of(own).ok_or("can not be read: what stands in it is no X.509")?;
        let key = provider().key_provider.load_private_key(key).map_err(|_| {
            format!(
                "can not be used: its key is damaged, or of {}; fedns signs with RSA of 2048 to 4096 \
                 bits, P-256, P-384 and Ed25519",
                kind_of_key(own)
            )
        })?;
        let of_key = key.public_key().and_then(|spki| public_key(spki.as_ref()));
        // The library would compare them too, and take certificates of version 3 only.
        if of_key.is_some_and(|of_key| of_key != of_certificate) {
            return Err("and the client key do not belong together".into());
        }
        Ok(Self(Arc::new(CertifiedKey::new(chain, key))))
    }
}

fn provider() -> Arc<CryptoProvider> {
    // The same one for all: making it anew takes time.
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// Believes whom this host believes. Reading that takes milliseconds, and many clusters may ask for it
/// at once: it is read once a minute at most.
fn host() -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    static LATEST: Mutex<Option<(Instant, Arc<dyn ServerCertVerifier>)>> = Mutex::new(None);
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, verifier)) = latest.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
        return Ok(Arc::clone(verifier));
    }
    let verifier = Arc::new(rustls_platform_verifier::Verifier::new(provider())?);
    *latest = Some((Instant::now(), verifier.clone()));
    Ok(verifier)
}

/// How TLS is done.
pub(super) fn client(trust: Trust, identity: Option<Identity>) -> Result<ClientConfig, String> {
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anybody => Arc::new(Unverified),
        Trust::Nobody => Arc::new(Unbelieving),
        Trust::Given(given) => Arc::new(Authorities::new(given)?),
        Trust::Host => host().map_err(|_| {
            "the kubeconfig has no `certificate-authority-data`, and this host has no authorities of \
             its own (package ca-certificates); give one of them"
        })?,
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS can not be done here: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(match identity {
        Some(Identity(key)) => {
            let key = CertifiedKey::clone(&key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key)))
        }
        None => builder.with_no_client_auth(),
    })
}

/// Why a server is not believed, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::clusters) struct Disbelief(String);

impl Disbelief {
    fn error(words: String) -> rustls::Error {
        CertificateError::Other(OtherError(Arc::new(Self(words)))).into()
    }
}

/// Believes given certificates, and whom they vouch for.
#[derive(Debug)]
struct Authorities {
    library: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
}

impl Authorities {
    fn new(given: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // As in Go: those that can not be used are passed over where another one can.
        let (added, _) = roots.add_parsable_certificates(given.iter().cloned());
        if added == 0 {
            return Err(
                "holds no certificate that can be read: what stands in it is no X.509".into()
            );
        }
        let library = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
        let library = library.build().map_err(|error| format!("can not be used: {error}"))?;
        Ok(Self { library, given })
    }

    /// As Go does: what is given is believed itself, whatever it says of being an authority, where its
    /// time and its names fit. Whoever shows it still proves in the handshake that the key is theirs.
    fn is_given(
        &self,
        certificate: &CertificateDer<'_>,
        server: &ServerName<'_>,
        now: UnixTime,
    ) -> bool {
        let is_named = || {
            let parsed = ParsedCertificate::try_from(certificate);
            parsed.is_ok_and(|parsed| verify_server_name(&parsed, server).is_ok())
        };
        self.given.iter().any(|given| given == certificate)
            && may_serve(certificate, now)
            && is_named()
    }

    /// Names the property because of which a chain can not be checked, if there is one.
    fn explain(
        &self,
        error: rustls::Error,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
    ) -> rustls::Error {
        // These say what it is, and have nothing to do with how it is signed.
        let is_plain = matches!(
            error,
            rustls::Error::InvalidCertificate(
                CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
                    | CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. }
            )
        );
        if is_plain {
            return error;
        }
        let own = weakness("the certificate of the API server", own);
        let between = || {
            let whose = "a certificate between the API server's and its authority";
            others.iter().find_map(|it| weakness(whose, it))
        };
        let given = || {
            let whose = "the authority that the kubeconfig gives";
            self.given.iter().find_map(|it| weakness(whose, it))
        };
        own.or_else(between).or_else(given).map_or(error, Disbelief::error)
    }
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let by_library = self.library.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        by_library.or_else(|error| match self.is_given(end_entity, server_name, now) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(self.explain(error, end_entity, intermediates)),
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verified = self.library.verify_tls12_signature(message, cert, dss);
        verified.map_err(|error| self.explain(error, cert, &[]))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verified = self.library.verify_tls13_signature(message, cert, dss);
        verified.map_err(|error| self.explain(error, cert, &[]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.library.supported_verify_schemes();
        // Offered, so that a server that has nothing else shows a certificate that can be named.
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}

/// Believes anybody (`insecure-skip-tls-verify`).
#[derive(Debug)]
struct Unverified;

/// Believes nobody: where nothing is asked over TLS, a server that sends one there is not believed.
#[derive(Debug)]
struct Unbelieving;

/// What both have in common: no signature is looked at.
macro_rules! without_signatures {
    ($name:ident, $verdict:expr) => {
        impl ServerCertVerifier for $name {
            fn verify_server_cert(
                &self,
                _: &CertificateDer<'_>,
                _: &[CertificateDer<'_>],
                _: &ServerName<'_>,
                _: &[u8],
                _: UnixTime,
            ) -> Result<ServerCertVerified, rustls::Error> {
                $verdict
            }

            fn verify_tls12_signature(
                &self,
                _: &[u8],
                _: &CertificateDer<'_>,
                _: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                Ok(HandshakeSignatureValid::assertion())
            }

            fn verify_tls13_signature(
                &self,
                _: &[u8],
                _: &CertificateDer<'_>,
                _: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, rustls::Error> {
                Ok(HandshakeSignatureValid::assertion())
            }

            fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
                let mut schemes = provider().signature_verification_algorithms.supported_schemes();
                schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
                schemes
            }
        }
    };
}

without_signatures!(Unverified, Ok(ServerCertVerified::assertion()));
without_signatures!(Unbelieving, Err(Disbelief::error("nothing is asked over TLS here".into())));
