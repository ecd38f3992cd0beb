//! The container's file system, made by the last stage of the Dockerfile itself, step by step, and run as
//! runtimes do: read-only, as the user that it names, with no capability.

use std::fs;
use std::path::Path;

use crate::{all, debian, path, real};

/// A step of the last stage.
#[derive(Debug, PartialEq)]
enum Step {
    Run(String),
    Copy { from_build: bool, source: String, target: String },
}

/// The last stage: its steps, and what it says of the process.
fn stage(text: &str) -> (Vec<Step>, Vec<(String, String)>) {
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let text = text.replace("\\\n", " ");
    let last = text.rsplit("FROM ").next().unwrap();
    let (mut steps, mut words) = (Vec::new(), Vec::new());
    for line in last.lines().skip(1).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap();
        let mut parts: Vec<_> = rest.split_whitespace().collect();
        match word {
            "RUN" => steps.push(Step::Run(rest.to_owned())),
            "COPY" => {
                let from_build = parts[0] == "--from=build";
                if from_build {
                    parts.remove(0);
                }
                let [source, target] = parts[..] else { panic!("{line}") };
                let (source, target) = (source.to_owned(), target.to_owned());
                steps.push(Step::Copy { from_build, source, target });
            }
            "USER" | "WORKDIR" | "ENTRYPOINT" | "CMD" | "EXPOSE" => {
                words.push((word.to_owned(), rest.to_owned()));
            }
            _ => panic!("what this test does not know: {line}"),
        }
    }
    (steps, words)
}

/// Where a file of the build stage is here.
fn built(source: &str, binary: &Path) -> String {
    match source {
        "/fedns/target/release/fedns" => binary.display().to_string(),
        _ => source.to_owned(),
    }
}

#[test]
fn the_image_runs_read_only_as_a_user_without_rights() {
    if !debian::is_here() {
        return;
    }
    let folder = real::folder();
    let binary = debian::binary(folder.path());
    let text = fs::read_to_string(path("Dockerfile")).unwrap();
    let (steps, words) = stage(&text);
    let word = |name: &str| &words.iter().find(|(word, _)| word == name).unwrap().1;
    assert_eq!(word("ENTRYPOINT"), r#"["/usr/local/bin/fedns"]"#);
    assert_eq!(word("CMD"), r#"["serve"]"#);
    let (user, group) = word("USER").split_once(':').expect("a number of user and group");
    let mut script = String::from("cd \"$1\"\n");
    for step in &steps {
        script.push_str(&match step {
            Step::Run(line) => format!("inside sh -ec '{line}'\n"),
            Step::Copy { from_build, source, target } => {
                let source = if *from_build { built(source, &binary) } else { source.clone() };
                // A folder's content goes where it is said, as COPY has it; a file that this machine lacks is
                // one of its own packages.
                let copy =
                    format!("mkdir -p $(dirname $root{target}x) && cp -r {source} $root{target}");
                let folder = target.trim_end_matches('/');
                let copy_all = format!("mkdir -p $root{folder} && cp -r {source}. $root{folder}");
                let copy = if source.ends_with('/') { copy_all } else { copy };
                format!("if [ -e {source} ]; then {copy}; fi\n")
            }
        });
    }
    script.push_str(&format!(
        "mount -o remount,ro $root
as_user=\"setpriv --reuid={user} --regid={group} --clear-groups --bounding-set=-all --no-new-privs\"
fedns=/usr/local/bin/fedns
config=/usr/share/fedns/examples/quickstart/fedns.yaml
become $as_user $fedns serve --config $config &
serve=$!
inside $as_user $fedns wait --config $config --timeout 60s
inside $as_user $fedns resolve nginx.mynamespace.myfederation.svc.example.com --config $config
inside $as_user sh -c '! touch /etc/fedns/x /var/lib/fedns/x 2>/dev/null'
grep -E '^(Uid|CapEff|CapBnd)' $root/proc/$serve/status
kill $serve && wait $serve
"
    ));
    let output = debian::run(&script, &[Path::new(env!("CARGO_MANIFEST_DIR"))]);
    let said = all(&output);
    assert!(output.status.success(), "{said}\n{script}");
    for words in
        ["192.0.2.10", "198.51.100.10", "203.0.113.10", "Uid:\t65532", "CapEff:\t0000000000000000"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}
