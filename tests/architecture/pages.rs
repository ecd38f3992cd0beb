//! Pages and comments point at what there is: links of pages, and paths between backticks.
//!
//! In: a text, where it stands, and what there is. Out: what it names in vain. A word between backticks is a
//! path if its first part is a folder of the house; `.rs` may be left out, and so may `src/`. A page says where a
//! file stands: one without its folder can not be looked for.

/// Where paths may begin that are not told from the root.
const BASES: [&str; 4] = ["", "src/", "src/core/", "src/clusters/"];
/// Made when it is wanted.
const MADE: [&str; 3] = ["fuzz/found/", "fuzz/artifacts/", "target/"];

/// What a text names and what is not there, each with its line.
pub(crate) fn in_vain(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let is_page = path.ends_with(".md");
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // What code does is the compiler's.
        let said = if is_page { line } else { line.find("//").map_or("", |at| &line[at..]) };
        let paths = said.split('`').skip(1).step_by(2).filter(|word| is_path(word, exists));
        let absent = paths.filter(|word| !is_there(word, exists)).map(str::to_owned);
        let links = if is_page { links(path, said) } else { Vec::new() };
        let lost = links.into_iter().filter(|link| !exists(link));
        let words = said
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| is_page && (is_homeless(word) || is_no_story(word, exists)));
        out.extend(
            absent
                .chain(words.map(str::to_owned))
                .chain(lost)
                .map(|name| format!("{path}:{}: {name}", number + 1)),
        );
    }
    out
}

fn is_path(word: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let Some((first, _)) = word.split_once('/') else { return false };
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_./-".contains(it);
    let is_made = MADE.iter().any(|made| word.starts_with(made));
    let is_folder = !first.is_empty() && BASES.iter().any(|base| exists(&format!("{base}{first}")));
    is_folder && word.chars().all(is_plain) && !is_made
}

/// Whether it is a source file without its folder; `mod.rs` is any folder's.
fn is_homeless(word: &str) -> bool {
    let stem = word.strip_suffix(".rs").filter(|_| word != "mod.rs");
    stem.is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

/// Whether it is a story that is not there; a page names several by `*`.
fn is_no_story(word: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let is_one = word.ends_with(".story") && !word.contains(['*', '/']);
    is_one && !exists(&format!("tests/scenarios/{word}"))
}

fn is_there(word: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    BASES.iter().any(|base| {
        let word = format!("{base}{word}");
        exists(&word) || exists(&format!("{word}.rs"))
    })
}

/// Where the links of a line of a page lead, from the root.
fn links(path: &str, line: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = |rest: &str| rest.split_once(')').map(|(target, _)| target.to_owned());
    let all = line.split("](").skip(1).filter_map(target);
    let all = all.filter(|it| !it.contains("://") && !it.starts_with('#'));
    all.map(|it| {
        let it = it.split('#').next().unwrap_or_default();
        match it.strip_prefix("../") {
            Some(above) => above.to_owned(),
            None if folder.is_empty() => it.to_owned(),
            None => format!("{folder}/{it}"),
        }
    })
    .collect()
}
