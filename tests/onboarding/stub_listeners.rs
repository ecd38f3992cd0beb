//! Where a Corefile listens for the root, our names are answered: Corefiles as people write them, each
//! with our block read by a real CoreDNS, which passes questions on to a real fedns. And what we refuse,
//! CoreDNS refuses too.

use crate::real;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use fedns::config::Config;
use fedns::onboarding::stub::{Merged, Stub, apply, remove};
use hickory_proto::op::ResponseCode;

use crate::process::{Server, world};
use crate::real::ask::{said, try_ask};
use crate::real::program::{Program, free_port};

/// What fedns answers: east's domain is `cluster.local`, and another one is there for Corefiles that
/// have it.
const CONFIG: &str = "\
apiVersion: fedns.dev/v1
kind: Config
listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }
admin: { listen: '127.0.0.1:0', socket: off }
log: { format: text }
federations:
  - name: myfed
    domain: example.com
    nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]
clusters:
  - { name: east, manifests: ./east }
  - { name: west, manifests: ./east, clusterDomain: k8s.internal }
";

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// A Corefile. `P1` and `P2` stand for ports that are free, ROOT for what answers other names.
struct Row {
    name: &'static str,
    corefile: &'static str,
    /// Where our names are answered, and the root's.
    at: &'static [&'static str],
    /// Lines of our block.
    has: &'static [&'static str],
    /// A part of each word to the keeper, in order.
    notes: &'static [&'static str],
}

const ROOT: &str = "template ANY ANY {\n        rcode NXDOMAIN\n    }\n    reload";

const ROWS: &[Row] = &[
    Row {
        name: "no bind",
        corefile: ".:P1 {\n    ROOT\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1"],
        has: &["example.com:P1 myfed.svc.cluster.local:P1 {"],
        notes: &[],
    },
    Row {
        name: "bind in a snippet, `reload` too",
        corefile: "(common) {\n    bind 127.0.0.2\n    reload\n}\n.:P1 {\n    import common\n    template ANY ANY {\n        rcode NXDOMAIN\n    }\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "bind in a snippet of a snippet, between others",
        corefile: "(inner) {\n    bind 127.0.0.2\n    reload\n}\n(outer) {\n    errors\n    import inner\n    log\n}\n\
                   .:P1 {\n    loadbalance\n    import outer\n    ROOT\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "bind with an exception out of a snippet",
        corefile: "(hole) {\n    except 127.0.0.3\n}\n.:P1 {\n    bind 127.0.0.2 127.0.0.3 {\n        import hole\n    }\n    ROOT\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2 127.0.0.3 {", "        except 127.0.0.3", "    }"],
        notes: &[],
    },
    Row {
        name: "an interface, but for one of its addresses",
        corefile: ".:P1 {\n    bind lo { # all of them\n        except ::1\n    }\n    bind 127.0.0.2\n    ROOT\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1"],
        has: &["    bind lo {", "        except ::1", "    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "several binds",
        corefile: ".:P1 {\n    bind 127.0.0.1\n    ROOT\n    bind 127.0.0.2 127.0.0.3\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1", "127.0.0.3:P1"],
        has: &["    bind 127.0.0.1", "    bind 127.0.0.2 127.0.0.3"],
        notes: &[],
    },
    Row {
        name: "two blocks at two ports",
        corefile: ".:P1 {\n    ROOT\n}\nother.example.org:P1 {\n    errors\n}\n.:P2 {\n    ROOT\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.1:P2"],
        has: &[
            "example.com:P1 myfed.svc.cluster.local:P1 example.com:P2 myfed.svc.cluster.local:P2 {",
        ],
        notes: &[],
    },
    Row {
        name: "two blocks at two addresses",
        corefile: ".:P1 {\n    bind 127.0.0.1\n    ROOT\n}\n.:P1 {\n    bind 127.0.0.2\n    ROOT\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1"],
        has: &["    bind 127.0.0.1", "    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "a port at an address, and one at all",
        corefile: ".:P1 {\n    bind 127.0.0.2\n    ROOT\n}\n.:P2 {\n    ROOT\n}\n",
        at: &["127.0.0.2:P1", "127.0.0.1:P2", "127.0.0.2:P2"],
        has: &[
            "example.com:P1 myfed.svc.cluster.local:P1 {",
            "example.com:P2 myfed.svc.cluster.local:P2 {",
        ],
        notes: &[],
    },
    Row {
        name: "two keys of one block, in two lines",
        corefile: "dns://.:P1,\n.:P2 {\n    bind 127.0.0.2\n    ROOT\n}\n",
        at: &["127.0.0.2:P1", "127.0.0.2:P2"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "plain and over TLS",
        corefile: ".:P1 tls://.:P2 {\n    ROOT\n}\n",
        at: &["127.0.0.1:P1"],
        has: &["example.com:P1 myfed.svc.cluster.local:P1 {"],
        notes: &["the root is served over tls at line 1 too (`tls://.:P2`)"],
    },
    Row {
        name: "a port and an address that the environment says",
        corefile: ".:{$PORT} {\n    bind {%ADDRESS%}\n    ROOT\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["example.com:{$PORT} myfed.svc.cluster.local:{$PORT} {", "    bind {%ADDRESS%}"],
        notes: &[],
    },
    Row {
        name: "the port of the command line",
        corefile: ". {\n    ROOT\n}\n",
        at: &["127.0.0.1:P1"],
        has: &["example.com myfed.svc.cluster.local {"],
        notes: &[],
    },
    Row {
        name: "without braces",
        corefile: ".:P1\nbind 127.0.0.2\ntemplate ANY ANY {\n    rcode NXDOMAIN\n}\nreload",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "quotes and comments in odd places",
        corefile: "# {\n\".:P1\" # }\n{\n    bind \"127.0.0.1\" # \"\n    bind 127.0.0.2#x 127.0.0.3\n    ROOT # }\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1", "127.0.0.3:P1"],
        has: &["    bind 127.0.0.1", "    bind 127.0.0.2 127.0.0.3"],
        notes: &[],
    },
    Row {
        name: "networks and a star beside the root",
        corefile: "*:P1 {\n    bind 127.0.0.3\n    ROOT\n}\n10.0.0.0/9:P1 2001:db8::/32:P1 .:P1 {\n    bind 127.0.0.2\n    ROOT\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "views at addresses that they share",
        corefile: ".:P1 {\n    bind 127.0.0.1 127.0.0.2\n    view one {\n        expr server_ip() == '127.0.0.1'\n    }\n    ROOT\n}\n\
                   .:P1 {\n    bind 127.0.0.2 127.0.0.3\n    ROOT\n}\n",
        at: &["127.0.0.1:P1", "127.0.0.2:P1", "127.0.0.3:P1"],
        has: &["    bind 127.0.0.1 127.0.0.2", "    bind 127.0.0.3"],
        notes: &[],
    },
    Row {
        name: "the last brace is missing",
        corefile: ".:P1 {\n    bind 127.0.0.2\n    reload\n    template ANY ANY {\n        rcode NXDOMAIN\n    }\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "whole blocks out of a snippet",
        corefile: "(blocks) {\n    .:P1 {\n        bind 127.0.0.2\n        ROOT\n    }\n    other.example.org:P1 {\n        bind 127.0.0.2\n        errors\n    }\n}\nimport blocks\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[],
    },
    Row {
        name: "files that are not seen",
        corefile: ".:P1 {\n    import custom/*.override\n    ROOT\n}\nimport custom/*.server\n",
        at: &["127.0.0.1:P1"],
        has: &[],
        notes: &[
            "custom/*.server, imported at line 8, was not looked into",
            "custom/*.override, imported into the root's block at line 2, was not looked into: if \
             `bind` stands in it, no question reaches our block",
        ],
    },
    Row {
        name: "a zone of the environment's beside the root",
        corefile: "{$ZONE}:P1 {\n    errors\n}\n.:P1 {\n    ROOT\n}\n",
        at: &["127.0.0.1:P1"],
        has: &["example.com:P1 myfed.svc.cluster.local:P1 {"],
        notes: &["which zone `{$ZONE}:P1` at line 1 is, the Corefile does not say"],
    },
    Row {
        name: "another cluster domain, out of a snippet",
        corefile: "(k) {\n    kubernetes 10.0.0.0/8 K8s.internal. second.internal in-addr.arpa {\n        endpoint http://127.0.0.1:1\n        startup_timeout 100ms\n    }\n}\n\
                   .:P1 {\n    import k\n    ROOT\n}\n",
        at: &["127.0.0.1:P1"],
        has: &["example.com:P1 myfed.svc.k8s.internal:P1 {"],
        notes: &[
            "`kubernetes` at line 2 serves k8s.internal, and the clusterDomain of east is cluster.local \
             here: the block has the Corefile's; set `clusterDomain: k8s.internal` in the entry of east",
        ],
    },
    Row {
        name: "the zones of the block are the cluster's, and there is no root",
        corefile: "cluster.local:P1 10.0.0.0/8:P1 {\n    bind 127.0.0.2\n    kubernetes {\n        endpoint http://127.0.0.1:1\n        startup_timeout 100ms\n        fallthrough\n    }\n    ROOT\n}\n",
        at: &["127.0.0.2:P1"],
        has: &["    bind 127.0.0.2"],
        notes: &[
            "no server block serves the root (`.`), as far as can be seen: our block listens where `kubernetes` is",
        ],
    },
];

/// A Corefile's ports, and what CoreDNS is started with.
struct Run {
    ports: [u16; 2],
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let folder = real::folder();
        fs::create_dir(folder.path().join("custom")).unwrap();
        fs::write(folder.path().join("custom/any.server"), "theirs.example.org:1 {\n}\n").unwrap();
        Self { ports: [free_port(), free_port()], folder }
    }

    fn fill(&self, text: &str) -> String {
        let [one, two] = self.ports.map(|port| port.to_string());
        text.replace("ROOT", ROOT).replace("P1", &one).replace("P2", &two)
    }

    fn start(&self, corefile: &str) -> Program {
        fs::write(self.folder.path().join("Corefile"), corefile).unwrap();
        let coredns = real::find("coredns").unwrap().display().to_string();
        let port = self.ports[0];
        let words = [
            "ADDRESS=127.0.0.2",
            "ZONE=zone.example.org",
            &format!("PORT={port}"),
            &coredns,
            "-conf",
            "Corefile",
            &format!("-dns.port={port}"),
        ];
        Program::start(self.folder.path(), "env", &words)
    }
}

fn stub(server: SocketAddr) -> Stub {
    let config = Config::parse(CONFIG, Path::new("fedns.yaml")).unwrap();
    Stub::new(&config, Some(&config.clusters[0]), vec![server])
}

/// Whether a name is there, and what says so; none where nobody answers.
fn answer(server: &str, name: &str, type_: &str) -> Option<(ResponseCode, usize)> {
    let said = said(&try_ask(server.parse().unwrap(), name, type_)?);
    Some((said.code, said.records.len()))
}

fn check(row: &Row, fedns: SocketAddr) {
    let stub = stub(fedns);
    // Another process may take a port between our look and CoreDNS's start.
    for is_last in [false, false, true] {
        let run = Run::new();
        let text = run.fill(row.corefile);
        let made = apply(&text, &stub, Some("1.15.0".parse().unwrap()));
        let made = made.unwrap_or_else(|bad| panic!("{}: {bad}\n{text}", row.name));
        assert_eq!(remove(&made.text).unwrap(), text, "{}", row.name);
        said_is(row, &run, &made);
        let mut coredns = run.start(&made.text);
        let first = run.fill(row.at[0]);
        if !coredns.comes_to("answer", || answer(&first, ".", "NS").is_some()) {
            let log = coredns.log();
            assert!(
                !is_last && log.contains("address already in use"),
                "{}: {log}\n{}",
                row.name,
                made.text
            );
            continue;
        }
        for at in row.at {
            let at = run.fill(at);
            let seen = answer(&at, CART, "A");
            assert_eq!(
                seen,
                Some((ResponseCode::NoError, 1)),
                "{} at {at}: {}",
                row.name,
                made.text
            );
            let zone =
                row.has.iter().find_map(|it| it.split(' ').find(|it| it.contains("k8s.internal")));
            let inside = zone.map_or("myfed.svc.cluster.local.", |_| "myfed.svc.k8s.internal.");
            let seen = answer(&at, inside, "SOA");
            assert_eq!(
                seen,
                Some((ResponseCode::NoError, 1)),
                "{} at {at}: {}",
                row.name,
                made.text
            );
            let others = answer(&at, "none.example.net.", "A").map(|(code, _)| code);
            let is_there = others == Some(ResponseCode::NXDomain);
            assert!(is_there || row.name.contains("no root"), "{} at {at}: {others:?}", row.name);
        }
        return;
    }
}

fn said_is(row: &Row, run: &Run, made: &Merged) {
    let block = made.text.split("# END fedns").next().unwrap();
    for line in row.has {
        let line = run.fill(line);
        assert!(block.lines().any(|it| it == line), "{}: no line {line:?}\n{block}", row.name);
    }
    assert_eq!(made.notes.len(), row.notes.len(), "{}: {:?}", row.name, made.notes);
    for (note, part) in made.notes.iter().zip(row.notes) {
        assert!(note.contains(&run.fill(part)), "{}: {note}", row.name);
    }
}

#[test]
fn our_names_are_answered_where_the_root_is() {
    if !real::have(&["coredns", "env"]) {
        return;
    }
    let world = world();
    fs::write(world.path().join("fedns.yaml"), CONFIG).unwrap();
    let fedns = Server::start(world.path());
    fedns.wait_for("ready: answers are complete");
    for row in ROWS {
        check(row, fedns.udp);
    }
}

/// `multisocket` of the first block at an address counts, and the first block is ours.
#[test]
fn as_many_sockets_are_open_as_before() {
    if !real::have(&["coredns", "env"]) {
        return;
    }
    let sockets = |corefile: &str, run: &Run| {
        let mut coredns = run.start(corefile);
        let at = run.fill("127.0.0.2:P1");
        coredns.until("answer", || answer(&at, ".", "NS").is_some());
        let port = format!(":{:04X} ", run.ports[0]);
        let all = fs::read_to_string("/proc/net/udp").unwrap()
            + &fs::read_to_string("/proc/net/udp6").unwrap();
        all.lines().filter(|line| line.contains(&port)).count()
    };
    let stub = stub("127.0.0.1:9".parse().unwrap());
    for (corefile, count) in [
        ("(all) {\n    multisocket 3\n}\n.:P1 {\n    import all\n    ROOT\n}\n", 3),
        // The first block says nothing, and so it is.
        ("a.example.org:P1 {\n    errors\n}\n.:P1 {\n    multisocket 3\n    ROOT\n}\n", 1),
        (
            "a.example.org:P1 {\n    bind 127.0.0.2\n    multisocket 2\n}\n.:P1 {\n    bind 127.0.0.2\n    ROOT\n}\n",
            2,
        ),
    ] {
        let run = Run::new();
        let corefile = run.fill(corefile);
        assert_eq!(sockets(&corefile, &run), count, "before: {corefile}");
        let made = apply(&corefile, &stub, None).unwrap().text;
        let run = Run::new();
        let made = made.replace(&run_port(&corefile), &run.ports[0].to_string());
        assert_eq!(sockets(&made, &run), count, "after: {made}");
    }
}

/// The port in a Corefile of this file.
fn run_port(corefile: &str) -> String {
    corefile.split(':').nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn what_is_refused_coredns_refuses() {
    let has_coredns = real::have(&["coredns", "env"]);
    let stub = stub("127.0.0.1:9".parse().unwrap());
    for (corefile, says) in [
        (
            ":P1 {\n    ROOT\n}\n",
            "line 1 of the Corefile: `:P1`: a key without a zone; the root is written `.`",
        ),
        (".: {\n    ROOT\n}\n", "a port is missing behind its colon"),
        (".:P1 { errors }\n", "`}` has to stand on a line of its own"),
        (
            "(a) {\n    bind {args[0]}\n}\n.:P1 {\n    import a 127.0.0.2\n    ROOT\n}\n",
            "line 5 of the Corefile: import takes one name",
        ),
        (".:P1 {\n    import\n    ROOT\n}\n", "line 2 of the Corefile: import of what?"),
        (
            "(a) {\n    errors\n}\n(a) {\n    log\n}\n.:P1 {\n    ROOT\n}\n",
            "line 4 of the Corefile: the snippet (a) is there already",
        ),
        (
            "(a) {\n    errors\n    import a\n}\n.:P1 {\n    ROOT\n}\n",
            "line 1 of the Corefile: the snippet (a) imports itself",
        ),
        ("(a)\nerrors\n", "the snippet (a) has no braces"),
        (
            "(a) {\n    import b\n}\n(b) {\n    import a\n}\n.:P1 {\n    import a\n}\n",
            "snippets import one another without end",
        ),
        (".:P1, {\n    ROOT\n}\n", "a comma says that another zone follows, and `{` does"),
        ("a.example.org,\n", "a comma says that another zone follows, and none does"),
        (".:P1 {\n    ROOT\n", "`{` is never closed"),
    ] {
        let run = Run::new();
        let text = run.fill(corefile);
        let refused = apply(&text, &stub, None).unwrap_err().to_string();
        assert!(refused.contains(&run.fill(says)), "{text}{refused}");
        if has_coredns {
            let mut coredns = run.start(&text);
            let at = run.fill("127.0.0.1:P1");
            let does_answer = coredns.comes_to("end", || answer(&at, ".", "NS").is_some());
            assert!(!does_answer, "CoreDNS takes it: {text}");
        }
    }
}
