//! Our block in other people's Corefiles: put in, renewed, taken out again byte for byte, or
//! refused. The files in `tests/corefiles` are as kubeadm, EKS, K3s, NodeLocal DNSCache and the
//! OpenShift operator write them, and some that people write.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use fedns::config::Config;
use fedns::onboarding::stub::{Placement, Product, Stub, Version, apply, default_servers, remove};
use proptest::prelude::*;
use serde_json::{Value, json};

fn config(extra: &str) -> Config {
    let text = format!(
        "apiVersion: fedns.dev/v1
kind: Config
federations:
  - {{ name: myfederation, domain: example.com, nameservers: [{{ name: ns1.example.net }}] }}
{extra}
clusters:
  - {{ name: east, manifests: ./east, listen: ['192.0.2.53:5401'] }}
"
    );
    Config::parse(&text, Path::new("fedns.yaml")).unwrap()
}

fn stub_of(config: &Config, servers: &[&str]) -> Stub {
    let servers: Vec<SocketAddr> = servers.iter().map(|it| it.parse().unwrap()).collect();
    Stub::new(config, Some(&config.clusters[0]), servers)
}

fn stub() -> Stub {
    stub_of(&config(""), &["192.0.2.53:5401"])
}

fn version() -> Option<Version> {
    Some("1.11.3".parse().unwrap())
}

/// The Corefiles by name, each as it is, with CRLF, with tabs, and without its last line end.
fn corefiles() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corefiles");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        all.push((format!("{name}, CRLF"), text.replace('\n', "\r\n")));
        all.push((format!("{name}, tabs"), text.replace("    ", "\t")));
        all.push((format!("{name}, no last line end"), text.trim_end().to_owned()));
        all.push((format!("{name}, with a mark of order"), format!("\u{feff}{text}")));
        all.push((name, text));
    }
    all.push(("nothing".to_owned(), String::new()));
    all.push(("a comment".to_owned(), "# nothing yet".to_owned()));
    assert!(all.len() >= 7 * 5 + 2, "the Corefiles are lost");
    all
}

/// What is between the marks, and what is outside of them.
fn parted(text: &str) -> (String, String) {
    let begin = text.find("# BEGIN fedns").expect("a mark");
    let end = text.find("# END fedns\n").expect("a mark") + "# END fedns\n".len();
    (text[begin..end].to_owned(), format!("{}{}", &text[..begin], &text[end..]))
}

#[test]
fn the_block_goes_in_and_out_and_nothing_else_changes() {
    let renewed = stub_of(&config(""), &["192.0.2.53:5401", "198.51.100.53:5401"]);
    for (name, text) in corefiles() {
        let once = apply(&text, &stub(), version()).unwrap_or_else(|bad| panic!("{name}: {bad}"));
        let (block, rest) = parted(&once.text);
        assert_eq!(rest, text, "{name}");
        assert!(block.contains("forward . 192.0.2.53:5401 {"), "{name}: {block}");
        let twice = apply(&once.text, &stub(), version()).unwrap();
        assert_eq!(twice.text, once.text, "{name}");
        let other = apply(&once.text, &renewed, None).unwrap();
        assert_eq!(parted(&other.text).1, text, "{name}");
        assert!(other.text.contains("198.51.100.53"), "{name}");
        assert_eq!(remove(&once.text).unwrap(), text, "{name}");
        assert_eq!(remove(&other.text).unwrap(), text, "{name}");
        assert_eq!(remove(&text).unwrap(), text, "{name}: without a block");
    }
}

/// Elsewhere than where we put it, and touched by an editor that writes CRLF.
#[test]
fn a_block_that_was_moved_is_renewed_where_it_is() {
    let (block, _) = parted(&apply("", &stub(), version()).unwrap().text);
    for block in [block.clone(), block.replace('\n', "\r\n"), format!("\n  {block}")] {
        for (name, text) in corefiles() {
            if !text.ends_with('\n') || name.starts_with("braceless") {
                continue;
            }
            let moved = format!("{text}{block}# behind it\n");
            let renewed = apply(&moved, &stub(), version()).unwrap();
            let expected = format!("{text}{}# behind it\n", block.split("# BEGIN").next().unwrap());
            let removed = remove(&renewed.text).unwrap();
            assert_eq!(removed.replace("\n  #", "\n#"), expected.replace("\n  #", "\n#"), "{name}");
        }
    }
}

#[test]
fn the_block_listens_where_the_root_does() {
    let text = |name: &str| {
        let (_, text) = corefiles().into_iter().find(|(it, _)| it == name).unwrap();
        apply(&text, &stub(), version()).unwrap()
    };
    assert!(
        text("kubeadm").text.contains("\nexample.com:53 myfederation.svc.cluster.local:53 {\n")
    );
    assert_eq!(text("kubeadm").notes, Vec::<String>::new());
    let openshift = text("openshift").text;
    assert!(openshift.contains("\nexample.com:5353 myfederation.svc.cluster.local:5353 {\n"));
    assert!(text("nodelocal").text.contains("{\n    bind 169.254.20.10 10.96.0.10\n    errors\n"));
    let notes = text("k3s").notes;
    assert!(notes.len() == 2 && notes[0].contains("line 22") && notes[0].contains("--for k3s"));
    assert!(notes[1].contains("into the root's block at line 19"), "{notes:?}");
    let notes = text("snippets").notes;
    assert!(notes[0].starts_with("extra/*.conf, imported at line 32"), "{notes:?}");
    // `reload` stands in a snippet of a snippet there.
    assert_eq!(notes.len(), 1, "{notes:?}");
    let notes = apply("example.com:5353 {\n}\na.example.com {\n}\n{$ZONE} {\n}\n", &stub(), None);
    let notes = notes.unwrap().notes;
    assert!(notes[0].starts_with("no server block serves the root (`.`)"), "{notes:?}");
    assert!(notes[1].starts_with("the server block at line 3 keeps a.example.com"), "{notes:?}");
    assert!(notes[2].starts_with("which zone `{$ZONE}` at line 5 is"), "{notes:?}");
    assert!(notes[3].contains("has to be restarted"), "{notes:?}");
}

/// The entry of east says `cluster.local`.
#[test]
fn the_zone_below_the_cluster_s_domain_is_the_corefile_s() {
    let block = |plugins: &[&str]| {
        let blocks = plugins.iter().map(|it| format!("a.org:5{} {{\n{it}\n}}\n", it.len()));
        format!(".:53 {{\n errors\n reload\n}}\n{}", blocks.collect::<String>())
    };
    let remote = "kubernetes far.internal {\n endpoint https://192.0.2.1\n}";
    let config = "kubernetes far.internal {\n kubeconfig a b\n}";
    for (plugins, zone, note) in [
        (&[][..], "cluster.local", ""),
        (&["kubernetes cluster.local in-addr.arpa ip6.arpa"], "cluster.local", ""),
        (&["kubernetes in-addr.arpa Cluster.Local. {\n pods insecure\n}"], "cluster.local", ""),
        (&["kubernetes k8s.internal cluster.local"], "cluster.local", ""),
        (
            &["kubernetes 10.0.0.0/8 dns://k8s.internal:53 more.internal"],
            "k8s.internal",
            "line 6 serves k8s.internal",
        ),
        (
            &["kubernetes k8s.internal", remote, config],
            "k8s.internal",
            "set `clusterDomain: k8s.internal` in the entry of east",
        ),
        (&[remote], "far.internal", "line 6 serves far.internal"),
        (
            &["kubernetes a.internal", "kubernetes b.internal  "],
            "cluster.local",
            "lines 6 and 9 serves several domains",
        ),
        (&["kubernetes {$DOMAIN}"], "cluster.local", "(`{$DOMAIN}`) can not be told"),
        (&["kubernetes ."], "cluster.local", "(`.`) can not be told"),
        (&["kubernetes a_b.\u{e9}"], "cluster.local", "can not be told"),
        (&["kubernetes"], "a.org", "serves a.org"),
        (&["kubernetes in-addr.arpa"], "cluster.local", ""),
        (&["forward . 192.0.2.1 {\n kubernetes k8s.internal\n}"], "cluster.local", ""),
    ] {
        let made = apply(&block(plugins), &stub(), None).unwrap();
        let key = format!("\nexample.com:53 myfederation.svc.{zone}:53 {{\n");
        assert!(made.text.contains(&key), "{plugins:?}: {}", made.text);
        match note {
            "" => assert_eq!(made.notes, Vec::<String>::new(), "{plugins:?}"),
            note => {
                assert!(made.notes.len() == 1 && made.notes[0].contains(note), "{:?}", made.notes)
            }
        }
        assert_eq!(remove(&made.text).unwrap(), block(plugins));
        assert_eq!(apply(&made.text, &stub(), None).unwrap().text, made.text);
    }
}

#[test]
fn what_a_corefile_does_not_say_is_told() {
    for (text, note) in [
        (
            "{$ZONE} {\n reload\n}\n",
            "no server block serves the root (`.`), as far as can be seen: our block listens at port 53",
        ),
        (
            ". {\n bind 127.0.0.1\n reload\n}\n.:53 {\n errors\n}\n",
            "is bound to addresses and the one at line 5 to none, at the same port",
        ),
        (
            ".:{$PORT} {\n reload\n}\nexample.com {\n}\n",
            "whether `example.com` at line 4 stands at a port of our block",
        ),
        (
            ".:53 {\n reload\n}\nexample.com:{$PORT} {\n}\n",
            "whether `example.com:{$PORT}` at line 4 stands",
        ),
        (
            ".:53 {\n reload\n import a/b\n}\n",
            "a/b, imported into the root's block at line 3, was not looked into",
        ),
        (
            "(s) {\n import c/d\n}\n.:53 {\n reload\n import s\n}\n",
            "c/d, imported into the root's block at line 2",
        ),
        (
            ".:53 {\n import later\n}\n(later) {\n reload\n}\n",
            "later, imported into the root's block at line 2",
        ),
        (".:53 grpc://. {\n reload\n}\n", "served over grpc at line 1 too"),
        (
            "a.org {\n import a/b\n}\n.:53 {\n}\n",
            "restarted to read it, unless an imported file says it",
        ),
    ] {
        let notes = apply(text, &stub(), None).unwrap().notes;
        assert!(notes.iter().any(|it| it.contains(note)), "{text}: {notes:?}");
    }
    // What is told is one line, whatever the Corefile holds.
    let notes = apply(".:53 {\n import \"a\u{1b}[2J\nb\"\n}\n", &stub(), None).unwrap().notes;
    assert!(notes[0].starts_with("a\\u{1b}[2J\\nb, imported"), "{notes:?}");
    // The same variable is the same port.
    let text = "example.com:{$PORT} {\n}\n.:{$PORT} {\n}\n";
    let refused = apply(text, &stub(), None).unwrap_err().to_string();
    assert!(refused.contains("serves example.com already"), "{refused}");
}

/// Words out of snippets that double at each step are not taken in.
#[test]
fn snippets_that_grow_without_end_are_refused_early() {
    let mut text = "(s0) {\n errors\n errors\n errors\n errors\n}\n".to_owned();
    for step in 1..64 {
        let import = format!(" import s{}\n", step - 1).repeat(8);
        text.push_str(&format!("(s{step}) {{\n{import}}}\n"));
    }
    text.push_str(".:53 {\n import s63\n}\n");
    let refused = apply(&text, &stub(), None).unwrap_err().to_string();
    assert!(refused.contains("snippets import one another without end"), "{refused}");
}

#[test]
fn newer_words_only_where_the_version_knows_them() {
    let stub = stub_of(&config(""), &["192.0.2.53:5401", "198.51.100.53:5401"]);
    let block = |version: Option<&str>| {
        apply("", &stub, version.map(|it| it.parse().unwrap())).unwrap().text
    };
    let words = [
        "serve_stale 1h verify\n",
        "serve_stale 1h verify 1s\n",
        "domain example.com.\n",
        "failover ",
    ];
    for (version, known) in [
        (None, [false, false, false, false]),
        (Some("1.8.4"), [false, false, false, false]),
        (Some("v1.9.2"), [true, false, true, false]),
        (Some("1.12.4"), [true, false, true, false]),
        (Some("1.13.0"), [true, false, true, true]),
        (Some("1.14.4"), [false, true, true, true]),
    ] {
        let block = block(version);
        assert_eq!(words.map(|word| block.contains(word)), known, "{version:?}: {block}");
        assert!(!block.contains("rewrite"), "{block}");
    }
}

#[test]
fn what_can_not_be_merged_is_refused_with_its_line() {
    let two = config(
        "  - { name: other, domain: example.org, nameservers: [{ name: ns1.example.net }] }",
    );
    let two = stub_of(&two, &["192.0.2.53:5401"]);
    let marked = apply("", &stub(), None).unwrap().text;
    let inside = format!(".:53 {{\n{marked}}}\n");
    let hanging = "a.org,\n# BEGIN fedns\n# END fedns\nb.org {\n}\n".to_owned();
    let braceless = format!("example.org\nerrors\n{marked}");
    for (text, says) in [
        (
            ".:53 {\n}\n\nexample.com {\n}\n",
            "line 4 of the Corefile: a server block that is not ours serves example.com already",
        ),
        ("EXAMPLE.com.:53 {\n}", "line 1 of the Corefile: a server block"),
        ("a.org, dns://example.com:53 {\n}", "serves example.com already"),
        (
            "a.org,\nmyfederation.svc.cluster.local {\n}",
            "line 1 of the Corefile: a server block that is not ours serves myfederation.svc.cluster.local already",
        ),
        ("example.org:53 {\n}", "serves example.org already"),
        (".:53 {\n errors\n", "line 1 of the Corefile: `{` is never closed"),
        (".:53 {\n}\n}\n", "line 3 of the Corefile: `}` closes nothing"),
        (".:53 {\n log \"x\n}\n", "line 2 of the Corefile: a quote is never closed"),
        ("{\n}\n", "line 1 of the Corefile: a block without a zone"),
        ("import\n.:53 {\n}\n", "line 1 of the Corefile: import of what?"),
        (
            "# BEGIN fedns\n.:53 {\n}\n",
            "line 1 of the Corefile: `# BEGIN fedns` and `# END fedns` do not stand",
        ),
        ("# END fedns\n# BEGIN fedns\n", "line 1 of the Corefile: `# BEGIN fedns` and"),
        (&marked.repeat(2), "line 1 of the Corefile: `# BEGIN fedns` and"),
        (&hanging, "line 2 of the Corefile: a mark of fedns stands inside"),
        (&inside, "line 2 of the Corefile: a mark of fedns stands inside"),
        (&braceless, "line 3 of the Corefile: a mark of fedns stands inside"),
    ] {
        let refused = apply(text, &two, None).unwrap_err().to_string();
        assert!(refused.contains(says), "{text}\n{refused}");
    }
    // Another port or transport is another server.
    for text in ["example.com:5353 {\n}", "tls://example.com {\n}", "xexample.com {\n}"] {
        assert!(apply(text, &two, None).is_ok(), "{text}");
    }
}

/// Where fedns is asked when nobody says: listeners that others reach, and for a listener on all
/// addresses those of the name servers.
#[test]
fn addresses_come_from_the_listeners() {
    let servers = |listen: &str, own: &str| {
        let text = format!(
            "apiVersion: fedns.dev/v1
kind: Config
{listen}
federations:
  - name: myfederation
    domain: example.com
    nameservers: [{{ name: ns1.example.com, addresses: [192.0.2.53, '2001:db8::53'] }}]
clusters: [{{ name: east, manifests: ./east, listen: [{own}] }}]
"
        );
        let config = Config::parse(&text, Path::new("fedns.yaml")).unwrap();
        match default_servers(&config, Some(&config.clusters[0])) {
            Ok(servers) => servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    };
    for (listen, own, expected) in [
        ("listen: { udp: ['192.0.2.9:53', '127.0.0.1:5300'] }", "", "192.0.2.9:53"),
        ("listen: { udp: ['0.0.0.0:5300'] }", "", "192.0.2.53:53"),
        ("listen: { udp: ['[::]:5300'] }", "", "192.0.2.53:53 [2001:db8::53]:53"),
        ("listen: { udp: ['192.0.2.9:53'] }", "'10.0.0.1:5401'", "10.0.0.1:5401"),
        ("", "'0.0.0.0:5401', '10.0.0.1:5402'", "192.0.2.53:5401 10.0.0.1:5402"),
        ("", "'127.0.0.1:5401'", "127.0.0.1:5401"),
        ("", "", "fedns listens on 127.0.0.1:5300 only, which nobody reaches from another host"),
        ("listen: { udp: ['192.0.2.9:0'] }", "", "the port of 192.0.2.9:0 is chosen at each start"),
        ("listen: { udp: [] , tcp: ['192.0.2.9:53'] }", "", "the configuration does not say"),
    ] {
        let found = servers(listen, own);
        match expected.starts_with(|it: char| it.is_ascii_digit()) {
            true => assert_eq!(found, expected, "{listen} {own}"),
            false => assert!(found.starts_with(expected), "{listen} {own}: {found}"),
        }
    }
}

/// Resolvers are told that answers may be private, unless no cluster may name a private address;
/// ClusterIPs always may.
#[test]
fn private_addresses_are_allowed_where_they_can_be() {
    let lines = |addresses: &str| {
        let text = format!(
            "apiVersion: fedns.dev/v1
kind: Config
federations:
  - {{ name: myfederation, domain: example.com, nameservers: [{{ name: ns1.example.net }}] }}
clusters: [{{ name: east, manifests: ./east {addresses} }}]
"
        );
        let config = Config::parse(&text, Path::new("fedns.yaml")).unwrap();
        let stub = stub_of(&config, &["192.0.2.53:53"]);
        let text = stub.write(Product::Unbound, &Placement::default(), None);
        text.matches("private-domain").count()
    };
    assert_eq!(lines(""), 2);
    assert_eq!(lines(", addresses: [198.51.100.0/24]"), 1);
    assert_eq!(lines(", addresses: [198.51.100.0/24, 10.1.0.0/16]"), 2);
    assert_eq!(lines(", addresses: ['::/0']"), 2);
}

fn written(product: Product) -> String {
    stub_of(&config(""), &["192.0.2.53:5401", "[2001:db8::53]:53"]).write(
        product,
        &Placement::default(),
        version(),
    )
}

#[test]
fn resolvers_accept_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stub.conf");
    let path = file.to_str().unwrap();
    for (product, program, arguments) in [
        (Product::Bind, "named-checkconf", vec![path]),
        (Product::Unbound, "unbound-checkconf", vec![path]),
        (Product::Dnsmasq, "dnsmasq", vec!["--test", "-C", path]),
    ] {
        fs::write(&file, written(product)).unwrap();
        match Command::new(program).args(arguments).output() {
            Ok(output) => assert!(output.status.success(), "{program}: {output:?}"),
            Err(error) => println!("skipped: {program}: {error}"),
        }
    }
}

#[test]
fn objects_hold_what_is_meant() {
    let read = |product| serde_saphyr::from_str::<Value>(&written(product)).unwrap();
    let servers = json!(["192.0.2.53:5401", "2001:db8::53"]);
    for product in [Product::KubeDns, Product::NodeLocal, Product::Gke] {
        let object = read(product);
        assert_eq!(object["metadata"], json!({ "name": "kube-dns", "namespace": "kube-system" }));
        let domains = object["data"]["stubDomains"].as_str().unwrap();
        let expected = json!({ "example.com": servers, "myfederation.svc.cluster.local": servers });
        assert_eq!(serde_json::from_str::<Value>(domains).unwrap(), expected);
    }
    for product in [Product::Aks, Product::K3s] {
        let object = read(product);
        assert_eq!(object["kind"], json!("ConfigMap"));
        assert_eq!(object["data"], json!({ "fedns.server": written(Product::CoreDns) }));
    }
    let zones = json!(["example.com", "myfederation.svc.cluster.local"]);
    let forward = json!({ "policy": "Sequential", "upstreams": servers });
    let server = json!({ "name": "fedns", "zones": zones, "forwardPlugin": forward });
    assert_eq!(read(Product::OpenShift), json!({ "spec": { "servers": [server] } }));
    let recursor = read(Product::PowerDns);
    assert_eq!(recursor["recursor"]["forward_zones"][1]["zone"], zones[1]);
    let forwarders = json!(["192.0.2.53:5401", "2001:db8::53"]);
    assert_eq!(recursor["recursor"]["forward_zones"][0]["forwarders"], forwarders);
    assert_eq!(recursor["dnssec"]["negative_trustanchors"][1]["name"], zones[1]);
}

/// Pieces from which Corefiles are put together, good and bad ones.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        ".:53 {\n errors\n}\n",
        "a.org b.org:53 {\n log \"{x} # \\\" y\"\n}",
        "(s) {\n reload\n}\n",
        "import s\n",
        "(t) {\n import s\n bind lo {\n  except ::1\n }\n}\n",
        ".:54 {\n import t\n kubernetes k.x\n}\n",
        "import x/*\r\n",
        "# { a comment\n",
        "\n",
        "\r\n",
        "\t",
        "c.org,\n",
        "{",
        "}",
        "\"",
        "\\\"",
        "word ",
        "{$A}",
        "example.org\n",
        "# BEGIN fedns",
        "# END fedns\n",
        "# END fedns twice\n",
        "\u{feff}",
        "é#\n",
        "dns://d.org:54 {\n bind ::1\n}\n",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..8)
        .prop_map(|words| words.concat())
}

proptest! {
    /// Whatever the file is: nothing panics, and what goes in comes out without a trace.
    #[test]
    fn any_file_is_refused_or_comes_back(text in pieces()) {
        if let Ok(once) = apply(&text, &stub(), None) {
            let twice = apply(&once.text, &stub(), None);
            prop_assert_eq!(&twice.unwrap().text, &once.text);
            let without = remove(&text).unwrap();
            prop_assert_eq!(remove(&once.text), Ok(without.clone()));
            // All of it is there still, around one place where ours is.
            let all = once.text.as_bytes();
            let before = all.iter().zip(without.bytes()).take_while(|(a, b)| **a == *b).count();
            let behind = all.iter().rev().zip(without.bytes().rev());
            let behind = behind.take_while(|(a, b)| **a == *b).count();
            prop_assert!(before + behind >= without.len());
        }
    }
}
