//! Certificates of API servers, made for one test.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// An authority, and a server's certificate that it signed.
pub struct Tls {
    pub authority: String,
    issuer: Arc<Issuer<'static, KeyPair>>,
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    pub fn new() -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&authority_key).unwrap();
        let issuer = Arc::new(Issuer::new(parameters, authority_key));
        Self::signed(authority.pem(), issuer, 4000)
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
            .with_no_client_auth()
            .with_single_cert(vec![self.chain.clone().into()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
