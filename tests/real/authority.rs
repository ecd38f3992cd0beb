//! The certificates of a cluster: an authority of its own, and what it signs.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A certificate with its key, both PEM.
pub struct Signed {
    pub certificate: String,
    pub key: String,
}

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// PEM.
    pub certificate: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// For a server, by the names and addresses under which it is reached.
    pub fn server(&self, names: &[&str]) -> Signed {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, "kube-apiserver")
    }

    /// For a client: Kubernetes reads the common name as a user, the organisation as its group.
    pub fn client(&self, user: &str, group: &str) -> Signed {
        self.client_until(user, group, 4000)
    }

    /// The same with a certificate that expires with the year before this one.
    pub fn client_until(&self, user: &str, group: &str, year: i32) -> Signed {
        let mut params = CertificateParams::default();
        params.not_after = date_time_ymd(year, 1, 1);
        params.distinguished_name.push(DnType::OrganizationName, group);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params, user)
    }

    fn sign(&self, mut params: CertificateParams, name: &str) -> Signed {
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Signed { certificate, key: key.serialize_pem() }
    }
}

/// A key that signs the tokens of service accounts, in the one form in which kube-apiserver reads keys
/// of this kind: SEC 1, with the curve named (RFC 5915, section 3).
pub fn token_key() -> String {
    let key = KeyPair::generate().unwrap();
    // PKCS 8 ends in the same structure without the curve: the secret stands before `a1 44 03 42 00`,
    // which open the public point.
    let pkcs8 = key.serialize_der();
    let point = pkcs8.len() - 65;
    let secret = &pkcs8[point - 5 - 32..point - 5];
    let curve = [0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let body = [&[2, 1, 1, 4, 32], secret, &curve, &[0xa1, 68, 3, 66, 0], &pkcs8[point..]].concat();
    let length = u8::try_from(body.len()).unwrap();
    let text = base64(&[&[0x30, length][..], &body].concat());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n", lines.join("\n"))
}

/// As kubeconfigs hold their data.
pub fn base64(octets: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(octets)
}
