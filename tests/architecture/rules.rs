//! The rules: functions from the text of a house to what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::rooms::{Plan, rooms};
use super::source::{Named, Token, blank, mods, paths, tokens, without_tests};

/// A file, by its path from the root of the house.
pub(crate) struct File {
    pub path: String,
    pub text: String,
}

/// What the rules read.
pub(crate) struct House {
    pub files: Vec<File>,
    /// Cargo.toml.
    pub manifest: String,
}

/// A rule that does not hold at some line.
pub(crate) struct Fault {
    pub path: String,
    pub line: usize,
    pub rule: &'static str,
    pub advice: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: [{}] {}", self.path, self.line, self.rule, self.advice)
    }
}

/// Of a file of the program; tests are told in one go more often.
const MAX_LINES: usize = 400;
const MAX_LINES_OF_TESTS: usize = 500;
const MAX_OPENING: usize = 12;

/// Crates that are the world: runtimes, clusters, sockets, files, logs, dice.
const WORLD: [&str; 19] = [
    "axum",
    "clap",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "k8s_openapi",
    "kube",
    "libc",
    "log",
    "nix",
    "notify",
    "prometheus_client",
    "rand",
    "socket2",
    "tokio",
    "tokio_util",
    "tracing",
    "tracing_subscriber",
];
const PRINTS: [&str; 5] = ["dbg", "eprint", "eprintln", "print", "println"];
/// Of `std::net`, what is a value and no socket.
const ADDRESSES: [&str; 7] = [
    "AddrParseError",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
];

/// Everything that is wrong with a house, by file and line.
pub(crate) fn faults(house: &House) -> Vec<Fault> {
    let blanked: Vec<_> = house.files.iter().map(|file| blank(&file.text)).collect();
    let sources: Vec<_> = house
        .files
        .iter()
        .zip(&blanked)
        .filter(|(file, _)| file.path.starts_with("src/"))
        .map(|(file, code)| Source { path: &file.path, text: &file.text, tokens: tokens(code) })
        .collect();
    let tree = Tree::of(&sources);
    let mut out = house.files.iter().flat_map(length).collect::<Vec<_>>();
    for source in &sources {
        out.extend(opening(source));
        out.extend(declared(source, &tree));
        out.extend(order(source, &tree));
        out.extend(walls(source, &tree));
        out.extend(purity(source, &tree));
        out.extend(no_unsafe(source));
    }
    let plans = sources.iter().map(|it| Plan { path: it.path, tokens: &it.tokens });
    out.extend(rooms(&plans.collect::<Vec<_>>()));
    out.extend(reasons(&house.manifest));
    out.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    out
}

struct Source<'h> {
    path: &'h str,
    text: &'h str,
    tokens: Vec<Token<'h>>,
}

impl Source<'_> {
    fn fault(&self, line: usize, rule: &'static str, advice: String) -> Fault {
        Fault { path: self.path.to_owned(), line, rule, advice }
    }
}

/// Which files `mod` lines reach, as which modules, in which order.
#[derive(Default)]
struct Tree {
    /// File -> its module. Those of binaries are reached, but are no modules of the library.
    modules: BTreeMap<String, Vec<String>>,
    /// Module -> the modules it declares, in order.
    children: BTreeMap<Vec<String>, Vec<String>>,
    reached: BTreeSet<String>,
    tests: BTreeSet<String>,
}

impl Tree {
    fn of(sources: &[Source<'_>]) -> Self {
        let mut tree = Self::default();
        for source in sources {
            let is_library = source.path == "src/lib.rs";
            if is_library || source.path == "src/main.rs" || source.path.starts_with("src/bin/") {
                tree.grow(sources, source, &[], is_library, false);
            }
        }
        tree
    }

    fn grow(
        &mut self,
        sources: &[Source<'_>],
        source: &Source<'_>,
        module: &[String],
        is_library: bool,
        is_test: bool,
    ) {
        self.reached.insert(source.path.to_owned());
        if is_test {
            self.tests.insert(source.path.to_owned());
        }
        if is_library {
            self.modules.insert(source.path.to_owned(), module.to_vec());
        }
        let stem = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_root = module.is_empty() || source.path.ends_with("/mod.rs");
        let folder = if is_root { stem } else { source.path.trim_end_matches(".rs") };
        for child in mods(&source.tokens) {
            let path = [module, &child.path].concat();
            if is_library && let Some((name, parent)) = path.split_last() {
                self.children.entry(parent.to_vec()).or_default().push(name.clone());
            }
            if child.is_inline {
                continue;
            }
            let file = format!("{folder}/{}", child.path.join("/"));
            let files = [format!("{file}.rs"), format!("{file}/mod.rs")];
            if let Some(found) = sources.iter().find(|source| files.contains(&source.path.into())) {
                self.grow(sources, found, &path, is_library, is_test || child.is_test);
            }
        }
    }

    /// The module that a path of ours leads into: its longest part that is a module.
    fn target<'n>(&self, named: &'n Named) -> &'n [String] {
        let mut end = 0;
        while let Some(next) = named.segments.get(end)
            && self.children.get(&named.segments[..end]).is_some_and(|names| names.contains(next))
        {
            end += 1;
        }
        &named.segments[..end]
    }

    fn position(&self, parent: &[String], name: &str) -> Option<usize> {
        self.children.get(parent)?.iter().position(|child| child == name)
    }
}

/// The order of `mod` lines is the order of dependency.
fn order(source: &Source<'_>, tree: &Tree) -> Vec<Fault> {
    let Some(module) = tree.modules.get(source.path) else { return Vec::new() };
    let mut out = Vec::new();
    for named in paths(&source.tokens, module).iter().filter(|named| named.is_ours) {
        let target = tree.target(named);
        let common = module.iter().zip(target).take_while(|(a, b)| a == b).count();
        if let (Some(here), Some(there)) = (module.get(common), target.get(common)) {
            let parent = &module[..common];
            if tree.position(parent, there) > tree.position(parent, here) {
                let list = if parent.is_empty() { "lib.rs".into() } else { parent.join("::") };
                out.push(source.fault(
                    named.line,
                    "order",
                    format!(
                        "`{here}` names `{there}`, which stands below it in the list of {list}; \
                         move what both need into a module above, or hand it in as an argument"
                    ),
                ));
            }
        } else if common < module.len() && named.is_import && !source.path.ends_with("/tests.rs") {
            // `use crate::core;` lets `core::state` be written where no path of ours is seen.
            let is_glob = named.segments.last().is_some_and(|last| last == "*");
            if is_glob || target.len() == named.segments.len() {
                let advice = "importing an enclosing module hides which of its modules are named; \
                              name what is needed of it";
                out.push(source.fault(named.line, "order", advice.to_owned()));
            }
        }
    }
    out
}

/// Modules that do not name another one though it stands above them: `clusters` and `dns` meet in a
/// snapshot and nowhere else, and documents are told what time it is.
const WALLS: [(&str, &str, &str); 3] = [
    ("clusters", "dns", "they never import each other; put what both need into `core`"),
    ("dns", "clusters", "they never import each other; put what both need into `core`"),
    (
        "documents",
        "clock",
        "a document is a function of what it is told; take the moment as an argument",
    ),
];

/// Nobody looks over a wall.
fn walls(source: &Source<'_>, tree: &Tree) -> Vec<Fault> {
    let Some(module) = tree.modules.get(source.path) else { return Vec::new() };
    let named = paths(&source.tokens, module);
    let mut out = Vec::new();
    for (_, there, advice) in
        WALLS.iter().filter(|(here, ..)| module.first().is_some_and(|it| it == here))
    {
        let crosses =
            |named: &&Named| named.is_ours && named.segments.first().is_some_and(|it| it == there);
        let advice = format!("`{}` names `{there}`: {advice}", module[0]);
        let faults = named.iter().filter(crosses);
        out.extend(faults.map(|named| source.fault(named.line, "walls", advice.clone())));
    }
    out
}

/// Values in, values out.
const PURE: [&str; 2] = ["src/core/", "src/documents/"];

/// Nothing of the world in the core and in documents, but in their tests.
fn purity(source: &Source<'_>, tree: &Tree) -> Vec<Fault> {
    let is_pure = PURE.iter().any(|folder| source.path.starts_with(folder));
    if !is_pure || tree.tests.contains(source.path) {
        return Vec::new();
    }
    let shipped = without_tests(&source.tokens);
    let fault = |line, what: &str| {
        let advice = format!(
            "`{what}` is of the world, and the core and documents are values in, values out; take \
             the value as an argument, or do this in a module outside of them"
        );
        source.fault(line, "purity", advice)
    };
    let mut out = Vec::new();
    for (at, token) in shipped.iter().enumerate() {
        let is_print = PRINTS.contains(&token.text)
            && shipped.get(at + 1).is_some_and(|next| next.text == "!");
        if matches!(token.text, "async" | "await") || is_print {
            out.push(fault(token.line, token.text));
        }
    }
    for named in paths(&shipped, &[]).iter().filter(|named| !named.is_ours) {
        if is_of_world(named) {
            out.push(fault(named.line, &named.segments.join("::")));
        }
    }
    out
}

fn is_of_world(named: &Named) -> bool {
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    match segments[..] {
        ["std", "env" | "fs" | "process" | "thread", ..] => true,
        // A module by its own name would let its items in unseen.
        ["std"] | ["std", "*" | "net" | "time"] => named.is_import,
        ["std", "net", item, ..] => !ADDRESSES.contains(&item),
        ["std", "time", item, ..] => matches!(item, "*" | "Instant" | "SystemTime" | "UNIX_EPOCH"),
        // A variable may be called like a crate; a path or an import is the crate.
        [first, ..] => WORLD.contains(&first) && (named.is_import || segments.len() > 1),
        [] => false,
    }
}

/// No file that is never compiled.
fn declared(source: &Source<'_>, tree: &Tree) -> Option<Fault> {
    let advice = "no `mod` declares this file, so it is never compiled; declare or remove it";
    let is_lost = !tree.reached.contains(source.path);
    is_lost.then(|| source.fault(1, "declared", advice.to_owned()))
}

/// Each file says first what it is for.
fn opening(source: &Source<'_>) -> Option<Fault> {
    let lines = source.text.lines().take_while(|line| line.starts_with("//!")).count();
    let advice = match lines {
        0 => "open the file with `//!`: what it is for, what goes in, what comes out".to_owned(),
        1..=MAX_OPENING => return None,
        _ => format!("the opening `//!` has {lines} lines, more than {MAX_OPENING}; shorten it"),
    };
    Some(source.fault(lines.max(1), "opening", advice))
}

/// No file that is too long to be read in one sitting.
fn length(file: &File) -> Option<Fault> {
    let lines = file.text.lines().count();
    let most = if file.path.starts_with("src/") { MAX_LINES } else { MAX_LINES_OF_TESTS };
    (lines > most).then(|| Fault {
        path: file.path.clone(),
        line: lines,
        rule: "length",
        advice: format!("{lines} lines, more than {most}; split it along what it knows"),
    })
}

/// `unsafe` is for the batched socket calls alone.
fn no_unsafe(source: &Source<'_>) -> Vec<Fault> {
    let is_at_home = source.path.starts_with("src/dns/");
    let found = source.tokens.iter().filter(|token| token.text == "unsafe" && !is_at_home);
    let advice = "`unsafe` belongs in src/dns/ alone; find a safe way, or move it there";
    found.map(|token| source.fault(token.line, "unsafe", advice.to_owned())).collect()
}

/// Each dependency says what it is for, on one of its lines.
fn reasons(manifest: &str) -> Vec<Fault> {
    let mut out = Vec::new();
    let mut is_list = false;
    let mut lines = manifest.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let (code, mut comment) = split_comment(line);
        let is_header = code.trim_start().starts_with('[');
        let header = code.trim().trim_matches(['[', ']']);
        if is_header {
            is_list = header.ends_with("dependencies");
        }
        // `[dependencies.name]` is a dependency in a table of its own.
        let is_table = is_header && header.contains("dependencies.");
        let mut open = if is_header { 0 } else { nesting(code) };
        while open > 0
            && let Some((_, line)) = lines.next()
        {
            let (code, more) = split_comment(line);
            comment = if more.is_empty() { comment } else { more };
            open += nesting(code);
        }
        let is_entry = is_list && !is_header && code.contains('=');
        if (is_entry || is_table) && comment.split_whitespace().count() < 2 {
            let advice = "say in a `#` comment on this line what the crate is for and why it is \
                          trusted";
            out.push(Fault {
                path: "Cargo.toml".to_owned(),
                line: number + 1,
                rule: "reasons",
                advice: advice.to_owned(),
            });
        }
    }
    out
}

/// How many more brackets a line opens than it closes.
fn nesting(code: &str) -> isize {
    let change = |c| match c {
        '[' | '{' => 1,
        ']' | '}' => -1,
        _ => 0,
    };
    code.chars().map(change).sum()
}

/// A line of TOML, parted at the `#` that stands outside of strings.
fn split_comment(line: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return (&line[..at], &line[at + 1..]),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    (line, "")
}
