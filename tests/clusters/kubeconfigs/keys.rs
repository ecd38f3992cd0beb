//! Certificates and keys of the table, in PEM by name: those that rcgen makes, and those that only
//! openssl does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ED25519, date_time_ymd,
};

use crate::fake_api::Tls;

/// All of them.
pub(crate) struct Keys {
    /// PEM by name.
    pub(crate) pem: BTreeMap<String, String>,
    /// Certificates of servers by name.
    pub(crate) servers: BTreeMap<&'static str, Tls>,
    authority: Issuer<'static, KeyPair>,
}

/// What is special of a server that is its own authority.
#[derive(Default)]
struct Own {
    name: &'static str,
    host: &'static str,
    is_authority: bool,
    has_expired: bool,
    is_for_clients: bool,
}

impl Keys {
    pub(crate) fn make(folder: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.join("ca.key"), key.serialize_pem()).unwrap();
        let mut parameters = CertificateParams::new(vec![]).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = parameters.self_signed(&key).unwrap().pem();
        std::fs::write(folder.join("ca.pem"), &ca).unwrap();
        let authority = Issuer::new(parameters, key);
        let mut keys = Self { pem: BTreeMap::new(), servers: BTreeMap::new(), authority };
        keys.add("CA", ca.clone());
        let (certificate, key) =
            keys.signed(vec!["127.0.0.1".into()], KeyPair::generate().unwrap());
        keys.servers.insert("ca", Tls::of(&ca, &certificate, &key));
        let other = Tls::new().authority;
        let bundle = format!("# two\n{other}\n# and\n{ca}the end").replace('\n', "\r\n");
        keys.add("BUNDLE", bundle);
        keys.add("OTHERCA", other);
        keys.clients();
        let loopback = "127.0.0.1";
        for own in [
            Own { name: "self", host: loopback, ..Own::default() },
            Own { name: "selftwin", host: loopback, ..Own::default() },
            Own { name: "selfca", host: loopback, is_authority: true, ..Own::default() },
            Own { name: "selfother", host: "api.example.com", ..Own::default() },
            Own { name: "selfexpired", host: loopback, has_expired: true, ..Own::default() },
            Own { name: "selfclient", host: loopback, is_for_clients: true, ..Own::default() },
        ] {
            keys.own(&own);
        }
        keys
    }

    fn add(&mut self, name: &str, pem: String) {
        self.pem.insert(name.to_owned(), pem);
    }

    fn signed(&self, names: Vec<String>, key: KeyPair) -> (String, KeyPair) {
        let parameters = CertificateParams::new(names).unwrap();
        (parameters.signed_by(&key, &self.authority).unwrap().pem(), key)
    }

    fn clients(&mut self) {
        let (certificate, key) = self.signed(vec!["me".into()], KeyPair::generate().unwrap());
        let key = key.serialize_pem();
        self.add("BOTH", format!("{key}{certificate}"));
        self.add("CLIENT", certificate);
        self.add("CLIENTKEY", key);
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let (certificate, key) = self.signed(vec!["me".into()], key);
        self.add("ED", certificate);
        self.add("EDKEY", key.serialize_pem());
    }

    fn own(&mut self, own: &Own) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![own.host.into()]).unwrap();
        if own.is_authority {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        if own.has_expired {
            parameters.not_after = date_time_ymd(2020, 1, 1);
        }
        if own.is_for_clients {
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        let pem = parameters.self_signed(&key).unwrap().pem();
        self.servers.insert(own.name, Tls::of(&pem, &pem, &key));
        self.add(&own.name.to_uppercase(), pem);
    }

    /// Those that openssl makes, in `folder`: of clients by name, of servers as files.
    pub(crate) fn add_those_of_openssl(&mut self, folder: &Path) {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let all = [
            ("v1", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
            ("rsa", "genrsa -traditional 2048"),
            ("ec", "ecparam -genkey -name prime256v1"),
            ("p521", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521"),
            ("rsa1024", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024"),
        ];
        for (name, how) in all {
            let (verb, rest) = how.split_once(' ').unwrap();
            openssl(folder, &format!("{verb} -out {name}.key {rest}"));
            sign(folder, name, "-sha256");
            self.add(&name.to_uppercase(), read(&format!("{name}.pem")));
            self.add(&format!("{}KEY", name.to_uppercase()), read(&format!("{name}.key")));
        }
        openssl(folder, "pkcs8 -topk8 -in rsa.key -passout pass:word -out encrypted.key");
        self.add("ENCRYPTED", read("encrypted.key"));
        std::fs::copy(folder.join("rsa.key"), folder.join("sha1.key")).unwrap();
        sign(folder, "sha1", "-sha1");
    }
}

/// A certificate of a key by the authority; without extensions it is of version 1.
fn sign(folder: &Path, name: &str, hash: &str) {
    openssl(
        folder,
        &format!("req -new -key {name}.key -subj /O=system:masters/CN=me -out {name}.csr"),
    );
    let extensions = if name == "v1" { "" } else { "-extfile names" };
    std::fs::write(folder.join("names"), "subjectAltName = IP:127.0.0.1\n").unwrap();
    openssl(
        folder,
        &format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 {hash} \
             {extensions} -out {name}.pem"
        ),
    );
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new(crate::real::find("openssl").unwrap())
        .args(arguments.split(' ').filter(|it| !it.is_empty()))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {errors}");
}
