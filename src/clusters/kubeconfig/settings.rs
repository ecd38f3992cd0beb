//! Settings: all that a connection to an API server needs, validated.
//!
//! In: what a context says, the files that it names as they were read, what a program gave, the
//! proxies of the environment. Out: [`Settings`], which no library ends by a panic or refuses; else
//! what is wrong. Nothing is asked; of this host its authorities are read where no other is given.
//! Does not know sockets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::{HeaderMap, Uri};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};

use super::base64;
use super::certificate::{certificates, key, no_certificate};
use super::document::Chosen;
use super::environment::Environment;
use super::expiry;
use super::fault::Fault;
use super::fields::{FileName, Text};
use super::headers::{authorize, basic, bearer, impersonate};
use super::hidden::Hidden;
use super::parts::{Cluster, Given, User};
use super::proxy::{self, Proxy};
use super::tls::{self, Identity, Trust};
use super::url::{self, Url};

/// How an API server is reached, and as whom.
#[derive(Clone)]
pub struct Settings {
    /// Scheme, host and port, with what stands before each path.
    pub server: Uri,
    /// The server as it is shown.
    pub shown: String,
    /// Whom its certificate has to be for.
    pub server_name: ServerName<'static>,
    /// How TLS is done, with it and with a proxy.
    pub tls: Arc<ClientConfig>,
    /// What stands between.
    pub proxy: Option<Proxy>,
    /// What each request has in its head: whom it comes from.
    pub headers: HeaderMap,
    /// Whether answers may come compressed.
    pub is_compressed: bool,
    /// Whether its certificate is not looked at.
    pub is_unverified: bool,
    /// When the first of the credentials expires, in unix seconds.
    pub expiry: Option<i64>,
}

/// Files that were read, each as it was, or why it was not.
pub type Contents = BTreeMap<PathBuf, Result<Vec<u8>, String>>;

/// What a program gave.
#[derive(Clone, Debug, Default)]
pub struct Supplied {
    /// A bearer token.
    pub token: Option<Hidden>,
    /// In PEM.
    pub certificate: Option<Hidden>,
    /// In PEM.
    pub key: Option<Hidden>,
    /// When they expire, in unix seconds.
    pub expiry: Option<i64>,
}

/// The client's certificate with those that vouch for it, and its key in PEM.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

/// What settings are made of.
pub(super) struct Sources<'s> {
    pub(super) chosen: &'s Chosen,
    pub(super) contents: &'s Contents,
    pub(super) supplied: Option<&'s Supplied>,
    pub(super) environment: &'s Environment,
}

impl Sources<'_> {
    pub(super) fn settings(&self) -> Result<Settings, Fault> {
        let none = User::default();
        let (cluster, user) = (&self.chosen.cluster, self.chosen.user.as_ref().unwrap_or(&none));
        let (text, at) = server(cluster)?;
        let is_secured = at.scheme == "https";
        let port = if is_secured { 443 } else { 80 };
        let server = base(&at, port).ok_or_else(|| text.fault(NO_URL))?;
        let server_name = match &cluster.tls_server_name {
            Some(name) => url::server_name(name.reveal())
                .ok_or_else(|| name.fault("is neither a name nor an address"))?,
            None => url::server_name(&at.host).ok_or_else(|| text.fault(NO_URL))?,
        };
        let proxy_port = at.port.unwrap_or(port);
        let proxy = proxy::choose(cluster.proxy_url.as_ref(), self.environment, &at, proxy_port)?;
        let mut headers = HeaderMap::new();
        let token = self.authorize(user, &mut headers)?;
        impersonate(&user.impersonation, &mut headers)?;
        let is_tls_used = is_secured || matches!(proxy, Some(Proxy::Http { is_secured: true, .. }));
        let chain = self.chain(user)?;
        let own = chain.as_ref().and_then(|chain| chain.certificates.first());
        let own_expiry = own.and_then(expiry::of_certificate);
        let identity = chain.map(|chain| self.identity(user, chain)).transpose()?;
        let trust = self.trust(cluster, is_tls_used)?;
        let place = cluster.authority.text();
        let tls = tls::client(trust, identity).map_err(|why| match place {
            Some(text) => text.fault(why),
            None => Fault::new(why),
        })?;
        let of_token = token.as_ref().and_then(|token| expiry::of_token(token.reveal()));
        let told = self.supplied.and_then(|supplied| supplied.expiry);
        Ok(Settings {
            shown: at.shown(),
            server,
            server_name,
            tls: Arc::new(tls),
            proxy,
            headers,
            is_compressed: !cluster.disable_compression,
            is_unverified: cluster.is_unverified && is_secured,
            expiry: told.or_else(|| of_token.into_iter().chain(own_expiry).min()),
        })
    }

    /// The authority of the cluster, in PEM.
    pub(super) fn authority(&self) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.given(&self.chosen.cluster.authority)?.map(|(_, pem)| pem))
    }

    /// Says whom requests come from; gives the token.
    fn authorize(&self, user: &User, headers: &mut HeaderMap) -> Result<Option<Hidden>, Fault> {
        if let Some(token) = self.supplied.and_then(|supplied| supplied.token.clone()) {
            let value = bearer(token.reveal())
                .map_err(|why| Fault::new(format!("the token of the program {why}")))?;
            authorize(value, headers);
            return Ok(Some(token));
        }
        let of_file = user.token_file.as_ref().map(|file| self.token(file, user.token.as_ref()));
        if let Some((text, token)) = of_file.transpose()?.flatten() {
            let value = bearer(token.reveal()).map_err(|why| text.fault(why))?;
            authorize(value, headers);
            return Ok(Some(token));
        }
        if let Some(token) = &user.token {
            authorize(bearer(token.reveal()).map_err(|why| token.fault(why))?, headers);
            return Ok(Some(token.hidden()));
        }
        if let Some(name) = &user.name {
            let password = user.password.as_ref().map_or("", Text::reveal);
            authorize(basic(name.reveal(), password).map_err(|why| name.fault(why))?, headers);
        }
        Ok(None)
    }

    /// The token in a file, without white space around it; `None` where there is none and another one
    /// is given beside it.
    fn token<'t>(
        &self,
        file: &'t FileName,
        other: Option<&Text>,
    ) -> Result<Option<(&'t Text, Hidden)>, Fault> {
        let read = self.file(file).and_then(|octets| {
            let token = std::str::from_utf8(octets);
            let token = token.map_err(|_| file.text.fault("names a token file that is no text"))?;
            let empty = || file.text.fault("names a token file that is empty; expected a token");
            Some(token.trim()).filter(|token| !token.is_empty()).ok_or_else(empty)
        });
        match (read, other) {
            (Ok(token), _) => Ok(Some((&file.text, Hidden::new(token)))),
            (Err(_), Some(_)) => Ok(None),
            (Err(fault), None) => Err(fault),
        }
    }

    fn file(&self, file: &FileName) -> Result<&[u8], Fault> {
        match self.contents.get(&file.path) {
            Some(Ok(octets)) => Ok(octets),
            Some(Err(why)) => {
                let what = if file.text.key() == "tokenFile" { "token file" } else { "file" };
                Err(file.text.fault(format_args!("names a {what} that can not be read: {why}")))
            }
            None => Err(file.text.fault("names a file that was not read")),
        }
    }

    /// What is given as data or in a file, decoded.
    fn given<'t>(&self, given: &'t Given) -> Result<Option<(&'t Text, Vec<u8>)>, Fault> {
        if let Some(text) = &given.data {
            let octets =
                base64::decode(text.reveal()).map_err(|why| text.fault(format!("is {why}")))?;
            return Ok(Some((text, octets)));
        }
        let Some(file) = &given.file else { return Ok(None) };
        Ok(Some((&file.text, self.file(file)?.to_vec())))
    }

    fn chain(&self, user: &User) -> Result<Option<Chain>, Fault> {
        if let Some(Supplied { certificate: Some(certificate), key: Some(key), .. }) = self.supplied
        {
            let pem = certificate.reveal().as_bytes();
            let chain = certificates(pem);
            if chain.is_empty() {
                let why = no_certificate(pem);
                return Err(Fault::new(format!("the client certificate of the program {why}")));
            }
            let key = key.reveal().as_bytes().to_vec();
            return Ok(Some(Chain { certificates: chain, key }));
        }
        let Some((text, pem)) = self.given(&user.certificate)? else { return Ok(None) };
        let chain = certificates(&pem);
        if chain.is_empty() {
            return Err(text.fault(no_certificate(&pem)));
        }
        let key = self.given(&user.key)?.map(|(_, key)| key).unwrap_or_default();
        Ok(Some(Chain { certificates: chain, key }))
    }

    fn identity(&self, user: &User, chain: Chain) -> Result<Identity, Fault> {
        let is_supplied = self.supplied.is_some_and(|supplied| supplied.certificate.is_some());
        let at = |text: Option<&Text>, what: String| match text.filter(|_| !is_supplied) {
            Some(text) => text.beside(&what),
            None => Fault::new(format!("{what} (of the program that gave it)")),
        };
        let key =
            key(&chain.key).map_err(|why| at(user.key.text(), format!("the client key {why}")))?;
        Identity::new(chain.certificates, key)
            .map_err(|why| at(user.certificate.text(), format!("the client certificate {why}")))
    }

    fn trust(&self, cluster: &Cluster, is_tls_used: bool) -> Result<Trust, Fault> {
        let given = self.given(&cluster.authority)?;
        Ok(match given {
            _ if cluster.is_unverified => Trust::Anybody,
            Some((text, pem)) => {
                let all = certificates(&pem);
                if all.is_empty() {
                    return Err(text.fault(no_certificate(&pem)));
                }
                Trust::Given(all)
            }
            None if is_tls_used => Trust::Host,
            None => Trust::Nobody,
        })
    }
}

/// What is said of a server that can not be asked.
const NO_URL: &str = "is no URL such as https://HOST:6443";

/// The server of a cluster.
pub(super) fn server(cluster: &Cluster) -> Result<(&Text, Url), Fault> {
    let Some(text) = &cluster.server else {
        return Err(Fault::new(
            "the cluster has no `server`: it is no URL such as https://HOST:6443",
        ));
    };
    let url = Url::read(text.reveal()).map_err(|why| text.fault(format!("{NO_URL}: it {why}")))?;
    let why = if !matches!(&*url.scheme, "http" | "https") {
        "its scheme is neither https nor http"
    } else if url.user.is_some() {
        "it has a user in it; say `token`, or `username` and `password`, of the user instead"
    } else if url.has_query {
        "it has a query or a fragment behind it"
    } else {
        return Ok((text, url));
    };
    Err(text.fault(format!("{NO_URL}: {why}")))
}

/// The URL of a server with its port, to which paths are added.
fn base(url: &Url, usual_port: u16) -> Option<Uri> {
    let endpoint = url.endpoint(usual_port)?;
    let authority = endpoint.authority()?.clone();
    let path = format!("{}/", url.path);
    Uri::builder()
        .scheme(url.scheme.as_str())
        .authority(authority)
        .path_and_query(path)
        .build()
        .ok()
}

/// Files that a context names.
pub(super) fn files(chosen: &Chosen) -> Vec<&FileName> {
    let user = chosen.user.as_ref();
    let of_user = user.map(|it| [&it.certificate.file, &it.key.file, &it.token_file]);
    let all = std::iter::once(&chosen.cluster.authority.file);
    let all = all.chain(of_user.into_iter().flatten());
    all.filter_map(Option::as_ref).collect()
}
