//! What libraries would end by a panic, or misunderstand, is refused before.

use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::{kubeconfig, settings};
use crate::clusters::kubeconfig::{Contents, File, Kubeconfig, Settings, TextSource, base64};

const SERVER: &str = "server: 'https://192.0.2.1'";

/// An identity, as fields of a user.
fn identity() -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec!["me".into()]).expect("a name");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    (base64::encode(certificate.pem().as_bytes()), base64::encode(key.serialize_pem().as_bytes()))
}

#[test]
fn what_can_not_be_used_is_named_with_its_place() {
    let (certificate, key) = identity();
    let (_, other) = identity();
    let authority = format!("{SERVER}, certificate-authority-data: {certificate}");
    let with =
        |key: &str| format!("client-certificate-data: {certificate}, client-key-data: {key}");
    let exec = |fields: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
             command: tool{fields}}}"
        )
    };
    let cut = base64::encode(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let encrypted = base64::encode(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n");
    let as_key = base64::encode(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let groups: String = (0..40_000).map(|group| format!("g{group}, ")).collect();
    let own = &authority[..];
    let rows: Vec<(&str, String, &str)> = vec![
        (own, "token: \"a\\nb\"".into(), "line 9, column 17: `token` has a line end in it"),
        (own, "token: \"a\\tb\"".into(), "`token` has a control character"),
        (own, "token: a\u{e9}".into(), "`token` has a character in it that is not ASCII"),
        (own, "token: 12".into(), "`token` is a number to YAML; expected text; put it into quotes"),
        (own, "token: [a]".into(), "`token` is a list to YAML; expected text"),
        (
            own,
            "tokenFile: gone".into(),
            "`tokenFile` names a token file that can not be read: gone",
        ),
        (own, "tokenFile: empty".into(), "names a token file that is empty"),
        (own, "tokenFile: binary".into(), "names a token file that is no text"),
        (own, "tokenFile: lines".into(), "`tokenFile` has a line end in it"),
        (own, "username: 'a:b', password: c".into(), "`username` has a colon in it"),
        (own, "username: a, password: \"b\\n\"".into(), "`username` or its password has a control"),
        (own, "username: a, token: b".into(), "`token` stands beside `username`"),
        (own, "password: a, tokenFile: b".into(), "`tokenFile` stands beside `username`"),
        (own, "as: \"a\\nb\"".into(), "`as` has a line end"),
        (own, "as: a, as-uid: \"\\x7f\"".into(), "`as-uid` has a line end or another control"),
        (own, "as: a, as-groups: [b, \"c\\rd\"]".into(), "`as-groups` has a line end"),
        (own, "as: a, as-user-extra: {b: [\"c\\0\"]}".into(), "`as-user-extra` has a line end"),
        (own, format!("as: a, as-groups: [{groups}]"), "`as-groups` is more than 1000 values"),
        (own, "as-groups: [b]".into(), "stand without `as`"),
        (own, "as-user-extra: {b: [c]}".into(), "stand without `as`"),
        (own, format!("client-certificate-data: {certificate}"), "no client key beside it"),
        (own, with(&other), "the client certificate and the client key do not belong together"),
        (own, with(&encrypted), "the client key is encrypted with a password"),
        (own, with(&certificate), "holds PEM, and no private key in it"),
        (own, with(&as_key), "its key is damaged, or of an elliptic curve, P-256"),
        (own, with("YQ=="), "the client key is no PEM"),
        (own, with("'Y Q=='"), "`client-key-data` is no base64: there is white space in it"),
        (own, with("YQ"), "is no base64"),
        (
            own,
            format!("client-certificate-data: YQ==, client-key-data: {key}"),
            "is no PEM; expected",
        ),
        (
            own,
            format!("client-certificate-data: {key}, client-key-data: {key}"),
            "no certificate in it",
        ),
        (own, format!("client-certificate-data: {cut}, client-key-data: {key}"), "no X.509"),
        (
            own,
            format!("{}, client-certificate: x", with(&key)),
            "stands beside `client-certificate`",
        ),
        (own, exec(", args: [\"a\\0b\"]"), "`args` has an octet 0 in it"),
        (own, exec(", env: [{name: \"A=B\", value: c}]"), "`name` of a variable of `env` has `=`"),
        (own, exec(", env: [{name: A, value: \"\\0\"}]"), "`value` has an octet 0 in it"),
        (own, exec(", env: [{value: c}]"), "a variable of `env` has no `name`"),
        (own, "exec: {command: \"a\\0\"}".into(), "`exec` has no `apiVersion`"),
        (own, "exec: {apiVersion: client.authentication.k8s.io/v1}".into(), "no `command`"),
        (own, "exec: {apiVersion: v1, command: a}".into(), "`apiVersion` of `exec` is none"),
        (own, "auth-provider: {name: gcp}".into(), "use `exec`"),
        ("", String::new(), "the cluster has no `server`"),
        ("server: ''", String::new(), "the cluster has no `server`"),
        (
            "server: 192.0.2.1:6443",
            String::new(),
            "no URL such as https://HOST:6443: it has no scheme",
        ),
        ("server: 'ftp://h'", String::new(), "its scheme is neither https nor http"),
        ("server: 'https://'", String::new(), "no URL"),
        ("server: 'https://a:b@h'", String::new(), "it has a user in it"),
        ("server: 'https://h/?a=b'", String::new(), "it has a query"),
        ("server: 'https://h:99999'", String::new(), "it has a port that is no number"),
        ("server: 'https://h h'", String::new(), "it has white space"),
        ("server: \"https://h\\n\"", String::new(), "it has white space or a control character"),
        (
            "server: 'https://h', tls-server-name: 'a b'",
            String::new(),
            "`tls-server-name` is neither",
        ),
        ("server: 'https://h', proxy-url: 'p:3128'", String::new(), "`proxy-url` has no scheme"),
        ("server: 'https://h', proxy-url: 'gopher://p'", String::new(), "is of the kind gopher"),
        (
            "server: 'https://h', proxy-url: 'http://p:x'",
            String::new(),
            "has a port that is no number",
        ),
        (
            "server: 'https://h', certificate-authority-data: YQ==",
            String::new(),
            "is no PEM; expected",
        ),
        ("server: 'https://h', certificate-authority-data: '!'", String::new(), "is no base64"),
        (
            "server: 'https://h', certificate-authority: gone",
            String::new(),
            "names a file that can not",
        ),
        (
            "server: 'https://h', insecure-skip-tls-verify: 'true'",
            String::new(),
            "expected true or false",
        ),
        (
            "server: 'https://h', insecure-skip-tls-verify: true, certificate-authority-data: YQ==",
            String::new(),
            "stands beside `insecure-skip-tls-verify`",
        ),
    ];
    let mut contents = Contents::new();
    for (name, content) in [
        ("gone", Err("gone".to_owned())),
        ("empty", Ok(b" \n".to_vec())),
        ("binary", Ok(b"\xff".to_vec())),
        ("lines", Ok(b"a\nb\n".to_vec())),
    ] {
        contents.insert(Path::new("/folder").join(name), content);
    }
    for (cluster, user, words) in rows {
        let said = settings(&kubeconfig(cluster, &user), &contents).err();
        let said = said.unwrap_or_else(|| panic!("it is taken: {cluster} {user}"));
        assert!(said.contains(words), "{said}\n{words}\n{cluster:.80} {user:.80}");
    }
}

#[test]
fn what_can_be_used_is_taken() {
    let (certificate, key) = identity();
    let wrapped = |text: &str| format!("\"{}\\n{}\\r\\n\"", &text[..40], &text[40..]);
    let own = format!("{SERVER}, certificate-authority-data: {}", wrapped(&certificate));
    let with =
        format!("client-certificate-data: {certificate}, client-key-data: {}", wrapped(&key));
    let mut contents = Contents::new();
    contents.insert("/folder/token".into(), Ok(b"\t of-file \r\n\n".to_vec()));
    contents.insert("/folder/gone".into(), Err("gone".into()));
    let bearer = |settings: &Settings| {
        let header = settings.headers.get("authorization");
        header.map_or(String::new(), |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    for (user, expected) in [
        (String::new(), ""),
        (with.clone(), ""),
        (format!("{with}, token: a"), "Bearer a"),
        ("token: a".into(), "Bearer a"),
        ("token: '', tokenFile: token".into(), "Bearer of-file"),
        ("token: a, tokenFile: ''".into(), "Bearer a"),
        // The file counts, as long as it can be read.
        ("token: a, tokenFile: token".into(), "Bearer of-file"),
        ("token: a, tokenFile: gone".into(), "Bearer a"),
        ("token: ~, client-certificate-data: '', client-key-data: ''".into(), ""),
        ("username: a, password: b".into(), "Basic YTpi"),
        (
            "token: a, exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: b}".into(),
            "Bearer a",
        ),
        ("as: \u{fc}, as-user-extra: {a/b: [c]}, token: a".into(), "Bearer a"),
    ] {
        let settings = settings(&kubeconfig(&own, &user), &contents);
        let settings = settings.unwrap_or_else(|why| panic!("{why}: {user}"));
        assert_eq!(bearer(&settings), expected, "{user}");
    }
    for cluster in [
        "server: 'http://h:1', proxy-url: ''",
        "server: 'HTTP://h:1/k8s/c-1/', tls-server-name: ''",
        "server: 'http://[::1]:1', tls-server-name: '::1'",
        "server: 'https://h', insecure-skip-tls-verify: yes, certificate-authority-data: ''",
    ] {
        settings(&kubeconfig(cluster, ""), &contents)
            .unwrap_or_else(|why| panic!("{why}: {cluster}"));
    }
}

#[test]
fn a_program_is_run_only_where_nothing_else_says_who_asks() {
    let exec = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/tool}";
    let (certificate, key) = identity();
    let with = format!("client-certificate-data: {certificate}, client-key-data: {key}, ");
    for (before, expected) in [
        ("", Some("tool")),
        ("as: me, ", Some("tool")),
        ("password: a, ", Some("tool")),
        ("token: a, ", None),
        ("tokenFile: a, ", None),
        ("username: a, ", None),
        (&with, None),
    ] {
        let text = kubeconfig(SERVER, &format!("{before}{exec}"));
        let source = TextSource { name: "it".into(), has_lines: true };
        let file = File { octets: text.as_bytes(), source, folder: Path::new("/folder") };
        let kubeconfig = Kubeconfig::read(&[file], None, "").expect("a kubeconfig");
        assert_eq!(kubeconfig.program_name().as_deref(), expected, "{before}");
        let program = kubeconfig.program(&Contents::new()).expect("a program");
        let path = program.map(|program| program.path);
        assert_eq!(path.as_deref(), expected.map(|_| Path::new("/folder/./bin/tool")));
    }
}
