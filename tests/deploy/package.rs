//! The Debian package: installed, asked, installed again over a changed configuration, purged.

use std::process::Command;

use crate::{all, debian, path, printed, real};

const STORY: &str = r#"
cp "$1" $root/fedns.deb
inside dpkg --no-triggers --path-include="*" -i /fedns.deb
inside fedns --version
inside kubectl-fedns --help | grep -q 'Usage: kubectl fedns'
inside getent group fedns-config
test -s $root/usr/share/man/man1/fedns-serve.1.gz
test -s $root/usr/share/bash-completion/completions/fedns
inside fedns check --strict
# As the unit does: the folder of state, and a user that may write nothing else.
mkdir -m 700 $root/var/lib/fedns && chown 65532:65532 $root/var/lib/fedns
become setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs fedns serve --config /etc/fedns/fedns.yaml &
serve=$!
inside fedns wait --timeout 60s
inside fedns resolve example.com SOA | grep -q 'ns1.example.com. hostmaster.example.com.'
kill $serve && wait $serve
echo 'maxAddresses: 7' >>$root/etc/fedns/fedns.yaml
inside dpkg --no-triggers --path-include="*" -i /fedns.deb
grep -q 'maxAddresses: 7' $root/etc/fedns/fedns.yaml
inside dpkg --no-triggers --remove fedns
test -e $root/etc/fedns/fedns.yaml
inside dpkg --no-triggers --purge fedns
! inside getent group fedns-config
cd /mnt/upper
echo "left: $(find . -name '*fedns*' ! -type c | sort | tr '\n' ' ')"
"#;

#[test]
fn the_package_starts_answers_keeps_what_was_changed_and_goes() {
    if !debian::is_here() {
        return;
    }
    let folder = real::folder();
    let binary = debian::binary(folder.path());
    let mut build = Command::new(path("deploy/debian/build"));
    // What is not kept need not be small.
    build.arg(&binary).arg(folder.path()).env("COMPRESSION", "-Znone");
    let package = printed(&mut build);
    let output = debian::run(STORY, &[package.trim().as_ref()]);
    let said = all(&output);
    assert!(output.status.success(), "{said}");
    // State is the operator's; so is what the test put there itself.
    assert!(said.contains("left: ./fedns.deb ./var/lib/fedns \n"), "{said}");
}
