//! Certificates of API servers, made for one test.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime,
};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};

/// An authority, and a server's certificate that it signed.
pub struct Tls {
    pub authority: String,
    issuer: Arc<Issuer<'static, KeyPair>>,
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    pub fn new() -> Self {
        let (authority, issuer) = Self::issuer();
        Self::signed(authority, issuer, 4000)
    }

    /// A server's certificate with its key, both in PEM, that this authority vouches for.
    pub fn of(authority: &str, certificate: &str, key: &KeyPair) -> Self {
        let (_, own) = Self::issuer();
        let chain = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap().to_vec();
        Self { authority: authority.to_owned(), issuer: own, chain, key: key.serialize_der() }
    }

    fn issuer() -> (String, Arc<Issuer<'static, KeyPair>>) {
        let authority_key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&authority_key).unwrap();
        (authority.pem(), Arc::new(Issuer::new(parameters, authority_key)))
    }

    /// Another certificate by the same authority, which expires with the year before this one.
    pub fn until(&self, year: i32) -> Self {
        Self::signed(self.authority.clone(), self.issuer.clone(), year)
    }

    fn signed(authority: String, issuer: Arc<Issuer<'static, KeyPair>>, year: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_after = date_time_ymd(year, 1, 1);
        let own = parameters.signed_by(&key, &*issuer).unwrap();
        Self { authority, issuer, chain: own.der().to_vec(), key: key.serialize_der() }
    }

    /// The fields of a kubeconfig's cluster by which it is believed.
    pub fn trusted(&self) -> Value {
        json!({ "certificate-authority-data": STANDARD.encode(&self.authority) })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        _ = ring::default_provider().install_default();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let config = ServerConfig::builder()
            .with_client_cert_verifier(Arc::new(Anyone))
            .with_single_cert(vec![self.chain.clone().into()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Takes every client's certificate, of any version and kind of key, and none: who it is is looked at
/// behind the handshake.
#[derive(Debug)]
struct Anyone;

impl ClientCertVerifier for Anyone {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes =
            ring::default_provider().signature_verification_algorithms.supported_schemes();
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}
