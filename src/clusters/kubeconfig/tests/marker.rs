//! A secret in every place of a kubeconfig, by every slip: it is in nothing that is said.

use std::path::Path;

use super::settings;
use crate::clusters::kubeconfig::{Contents, File, Kubeconfig, TextSource, base64};

/// As long as tokens are, so that it is taken for no name.
const MARKER: &str = "s3cretMARKER0123456789abcdefghijklmnopqrstuv";

const WHOLE: &str = "\
apiVersion: v1
kind: Config
preferences:
  colors: true
current-context: here
contexts:
- name: here
  context:
    cluster: there
    user: me
    namespace: shop
clusters:
- name: there
  cluster:
    server: https://192.0.2.1:6443
    tls-server-name: api.example.com
    certificate-authority-data: Y2E=
    proxy-url: http://me:pass@proxy.example.com:3128
    disable-compression: true
    extensions:
    - name: client.authentication.k8s.io/exec
      extension:
        audience: x
users:
- name: me
  user:
    token: abc
    as: someone
    as-uid: '1'
    as-groups:
    - admins
    as-user-extra:
      scopes:
      - a
- name: filed
  user:
    tokenFile: token
    client-certificate: cert.pem
    client-key: key.pem
- name: certified
  user:
    client-certificate-data: CERTIFICATE
    client-key-data: KEY
- name: named
  user:
    username: name
    password: word
- name: runner
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: tool
      interactiveMode: Never
      installHint: get it
      provideClusterInfo: true
      args:
      - --flag
      env:
      - name: VARIABLE
        value: content
- name: provided
  user:
    auth-provider:
      name: gcp
      config:
        access-token: abc
";

/// All that is said of a kubeconfig by one of its users, `Debug` of what comes of it included.
fn said(text: &str, user: &str) -> String {
    let text = text.replacen("user: me", &format!("user: {user}"), 1);
    let mut contents = Contents::new();
    for name in ["token", "cert.pem", "key.pem"] {
        contents.insert(Path::new("/folder").join(name), Ok(MARKER.as_bytes().to_vec()));
    }
    let mut said = match settings(&text, &contents) {
        Ok(settings) => format!("{:?}{:?}\n", settings.headers, settings.proxy),
        Err(why) => format!("{why}\n"),
    };
    let source = TextSource { name: "it".into(), has_lines: true };
    let file = File { octets: text.as_bytes(), source, folder: Path::new("/folder") };
    if let Ok(kubeconfig) = Kubeconfig::read(&[file], None, "`context`") {
        let program = kubeconfig.program(&contents);
        let program = program.map(|it| it.map(|it| (it.name, it.args, it.env)));
        let cluster = kubeconfig.cluster(&contents).err();
        let parts = (kubeconfig.server(), kubeconfig.authority(), kubeconfig.named_file());
        said.push_str(&format!("{program:?} {cluster:?} {parts:?}\n"));
    }
    said
}

/// The kubeconfig with certificates that are good.
fn whole() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec!["me".into()]).expect("a name");
    let certificate = parameters.self_signed(&key).expect("a certificate").pem();
    let certificate = base64::encode(certificate.as_bytes());
    let key = base64::encode(key.serialize_pem().as_bytes());
    WHOLE.replace("Y2E=", &certificate).replace("CERTIFICATE", &certificate).replace("KEY", &key)
}

/// The line with something in the place of its value, and of its key.
fn slips(line: &str) -> Vec<String> {
    let Some(split) = line.find(": ").map(|at| at + 2).or_else(|| line.find("- ").map(|at| at + 2))
    else {
        return vec![format!("{line} {MARKER}"), format!("{line}\n{MARKER}")];
    };
    let (key, value) = line.split_at(split);
    let indent = &line[..line.len() - line.trim_start().len()];
    let values = [
        "M",
        "\"M",
        "'M",
        "\"M\\q\"",
        "\"M\\n\"",
        "\"\\0M\"",
        "[M",
        "{M",
        "{M: x",
        "{M: x}",
        "[M]",
        "M: x",
        "&M",
        "*M",
        "!M x",
        "!<M x",
        "!!M x",
        "!!binary M",
        "!!int M",
        "@M",
        "%M",
        "`M`",
        "|M",
        "| M",
        "|\nM",
        ">\n M",
        "- M",
        "? M",
        "\tM",
        "M\t: x",
        "M # x",
        "\"M\" x",
        "'M'x",
        "12M",
        "0x1 M",
        "M\u{7}",
        "M\u{e9}",
        "M\r x",
        "M\n  x: y",
        "M\n x",
        "\"M\n",
        "M]",
        "M}",
        "https://M",
        "https://M@h",
        "https://h:M",
        "https://h/M?M",
        "http://me:M@p:x",
        "gopher://M",
        "M://x",
        "/M",
        "./M",
        "M/M",
        "M=",
        "M M",
        "<<: M",
        "{<<: M}",
        "[{M: [M]}]",
    ];
    let mut slips: Vec<_> =
        values.iter().map(|slip| format!("{key}{}", slip.replace('M', MARKER))).collect();
    slips.extend([
        format!("{indent}{MARKER}: {value}"),
        format!("{indent}{MARKER}"),
        format!("{indent}{MARKER} {line}"),
        format!("{line}\n{key}{MARKER}"),
        format!("{line}\n{indent}{MARKER}: x"),
        format!("{line}\n {MARKER}: x"),
        format!("{line}\n{indent} {MARKER}: x"),
        format!("{line}\n\t{MARKER}: x"),
        format!("{key}\n{MARKER}"),
        format!("{}{MARKER}", key.trim_end().trim_end_matches(':')),
        format!("{}:{MARKER}", key.trim_end().trim_end_matches(':')),
        format!("{line}: {MARKER}"),
        format!(" {key}{MARKER}"),
    ]);
    slips
}

#[test]
fn nothing_of_a_kubeconfig_is_repeated() {
    let whole = whole();
    let lines: Vec<_> = whole.lines().collect();
    let (mut count, mut user) = (0, "me");
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) =
            line.strip_prefix("- name: ").filter(|_| lines[..at].contains(&"users:"))
        {
            user = name;
        }
        for slip in slips(line) {
            let mut all = lines.clone();
            all[at] = &slip;
            let said = said(&all.join("\n"), user);
            assert!(!said.contains("s3cret"), "{slip:?}\n{said}");
            count += 1;
        }
    }
    assert!(count > 2500, "{count}");
}

#[test]
fn each_part_of_it_is_looked_at() {
    for (user, words) in [
        ("me", "\"authorization\": Sensitive"),
        ("filed", "`client-certificate` is no PEM"),
        ("certified", "Some((a proxy))"),
        ("named", "\"authorization\": Sensitive"),
        ("runner", "Ok(Some((\"tool\", [(hidden)], [Variable { name: (hidden)"),
        ("provided", "this is an `auth-provider`"),
    ] {
        let said = said(&whole(), user);
        assert!(said.contains(words), "{said}");
    }
    let bad = whole().replace("    token: abc", "    token: \"a\\nb\"");
    assert!(said(&bad, "me").contains("it: line 27, column 12: `token` has a line end in it"));
}
