//! The Internet above fedns, in a network of a test's own: a root and a parent zone, each by an NSD, which
//! delegates `example.com`.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::ask::try_ask;
use super::program::Program;

/// Where the root is, and where `com` is.
pub const ROOT: &str = "198.18.0.1";
pub const COM: &str = "198.18.0.2";

/// What a resolver knows to begin with.
pub const HINTS: &str = "\
. 3600 IN NS a.root.
a.root. 3600 IN A 198.18.0.1
";

const ROOT_ZONE: &str = "\
$TTL 3600
. IN SOA a.root. hostmaster.root. 1 1800 900 604800 60
. IN NS a.root.
a.root. IN A 198.18.0.1
com. IN NS a.ns.com.
a.ns.com. IN A 198.18.0.2
";

const COM_ZONE: &str = "\
$TTL 3600
com. IN SOA a.ns.com. hostmaster.com. 1 1800 900 604800 60
com. IN NS a.ns.com.
a.ns.com. IN A 198.18.0.2
";

/// The two servers; `com` delegates `example.com` to name servers in it, with their addresses as glue.
pub fn start(folder: &Path, name_servers: &[(&str, Vec<IpAddr>)]) -> [Program; 2] {
    let mut com = COM_ZONE.to_owned();
    for (name, addresses) in name_servers {
        com.push_str(&format!("example.com. IN NS {name}.\n"));
        for address in addresses {
            let type_ = if address.is_ipv4() { "A" } else { "AAAA" };
            com.push_str(&format!("{name}. IN {type_} {address}\n"));
        }
    }
    [nsd(folder, ".", ROOT, ROOT_ZONE), nsd(folder, "com.", COM, &com)]
}

/// Without `xfrdir` it makes a folder in /tmp that is named by its process id, and every network of a
/// test's own counts processes from 1: two tests at once would share it.
fn nsd(folder: &Path, apex: &str, address: &str, zone: &str) -> Program {
    let folder = folder.join(format!("nsd-{address}"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("zone"), zone).unwrap();
    let here = folder.display();
    let text = format!(
        "server:
  ip-address: {address}@53
  server-count: 1
  username: \"\"
  chroot: \"\"
  database: \"\"
  pidfile: \"\"
  zonesdir: \"{here}\"
  xfrdfile: \"{here}/xfrd.state\"
  xfrdir: \"{here}\"
  zonelistfile: \"{here}/zone.list\"
remote-control:
  control-enable: no
zone:
  name: \"{apex}\"
  zonefile: \"zone\"
"
    );
    fs::write(folder.join("nsd.conf"), text).unwrap();
    let mut program = Program::start(&folder, "nsd", &["-d", "-c", "nsd.conf"]);
    let address = SocketAddr::new(address.parse().unwrap(), 53);
    program.until("answers", || try_ask(address, apex, "SOA").is_some());
    program
}
