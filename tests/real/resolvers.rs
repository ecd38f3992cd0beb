//! Recursive resolvers, a row each: what runs, with which configuration.
//!
//! All of them start from the hints of `root`, validate nothing (that root is not signed) and listen on
//! one address, port 53, which only a network of a test's own has free.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::ask::try_ask;
use super::program::Program;
use super::root::HINTS;

/// Where resolvers listen.
pub const RESOLVER: &str = "198.18.0.53";

/// In the texts `HERE` is the folder of the resolver, and the one that it runs in.
pub struct Resolver {
    pub program: &'static str,
    arguments: &'static [&'static str],
    /// The name of the configuration and its text.
    configuration: (&'static str, &'static str),
}

/// Asks with as few labels as it can and never with more (RFC 9156), in letters of random case
/// (draft-vixie-dnsext-dns0x20).
pub const UNBOUND: Resolver = Resolver {
    program: "unbound",
    arguments: &["-d", "-p", "-c", "unbound.conf"],
    configuration: (
        "unbound.conf",
        "server:
  directory: \"HERE\"
  username: \"\"
  chroot: \"\"
  pidfile: \"\"
  use-syslog: no
  interface: 198.18.0.53
  access-control: 198.18.0.0/15 allow
  module-config: \"iterator\"
  root-hints: \"HERE/hints\"
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
remote-control:
  control-enable: no
",
    ),
};

/// The same, but it gives up minimising where a server does not bear it, and sends names as they are.
pub const UNBOUND_RELAXED: Resolver = Resolver {
    configuration: (
        "unbound.conf",
        "server:
  directory: \"HERE\"
  username: \"\"
  chroot: \"\"
  pidfile: \"\"
  use-syslog: no
  interface: 198.18.0.53
  access-control: 198.18.0.0/15 allow
  module-config: \"iterator\"
  root-hints: \"HERE/hints\"
  prefetch: yes
remote-control:
  control-enable: no
",
    ),
    ..UNBOUND
};

/// Minimises strictly: it takes a wrong NXDOMAIN above a name for an answer.
pub const BIND: Resolver = Resolver {
    program: "named",
    arguments: &["-g", "-n", "1", "-c", "named.conf"],
    configuration: (
        "named.conf",
        "options {
  directory \"HERE\";
  pid-file none;
  session-keyfile none;
  lock-file none;
  listen-on { 198.18.0.53; };
  listen-on-v6 { none; };
  allow-query { any; };
  recursion yes;
  dnssec-validation no;
  qname-minimization strict;
};
controls { };
zone \".\" { type hint; file \"hints\"; };
",
    ),
};

/// Minimises always and mixes cases always.
pub const KNOT_RESOLVER: Resolver = Resolver {
    program: "kresd",
    arguments: &["-n", "-c", "kresd.conf", "HERE"],
    configuration: (
        "kresd.conf",
        "net.listen('198.18.0.53', 53)
trust_anchors.remove('.')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.load('hints')
hints.root({ ['a.root.'] = { '198.18.0.1' } })
cache.size = 10 * MB
",
    ),
};

pub const POWERDNS: Resolver = Resolver {
    program: "pdns_recursor",
    arguments: &["--config-dir=HERE"],
    configuration: (
        "recursor.conf",
        "local-address=198.18.0.53
local-port=53
query-local-address=0.0.0.0, ::
allow-from=198.18.0.0/15
dont-query=
hint-file=HERE/hints
dnssec=off
qname-minimization=yes
security-poll-suffix=
socket-dir=HERE
daemon=no
write-pid=no
threads=1
",
    ),
};

impl Resolver {
    /// Starts it with an empty cache; waits until it answers.
    pub fn start(&self, folder: &Path) -> (Program, SocketAddr) {
        let folder = folder.join(self.program);
        fs::create_dir(&folder).unwrap();
        let here = |text: &str| text.replace("HERE", &folder.display().to_string());
        let (name, text) = self.configuration;
        fs::write(folder.join(name), here(text)).unwrap();
        fs::write(folder.join("hints"), HINTS).unwrap();
        let arguments: Vec<_> = self.arguments.iter().map(|argument| here(argument)).collect();
        let mut program = Program::start(&folder, self.program, &arguments);
        let address = SocketAddr::new(RESOLVER.parse().unwrap(), 53);
        program.until("answers", || try_ask(address, ".", "NS").is_some());
        (program, address)
    }
}
