//! What the README and the pages below `docs` owe their readers: a block of commands can be pasted, links lead to
//! headings that there are, every page is found, keys of the configuration are told, numbers are those measured.
//!
//! In: the pages and what they tell of. Does not run anything: the walks of `tests/end_to_end/pages.rs` do.

use std::fs;
use std::path::Path;

/// A page, by its path from the root.
struct Page {
    path: String,
    text: String,
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn pages() -> Vec<Page> {
    let docs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap();
    let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    let roots = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(str::to_owned);
    let paths: Vec<_> = roots.into_iter().chain(names).collect();
    assert!(paths.len() > 10, "no pages were found");
    paths.into_iter().map(|path| Page { text: read(&path), path }).collect()
}

/// The blocks of commands of a page.
fn blocks(text: &str) -> Vec<&str> {
    let starts = text.split("\n```sh\n").skip(1);
    starts.map(|rest| rest.split_once("\n```").unwrap().0).collect()
}

/// Why a block can not be pasted as it stands into a shell; zsh takes no comments from people.
fn stops_the_paste(block: &str) -> Option<&'static str> {
    let lines: Vec<_> = block.lines().collect();
    let (_, others) = lines.split_last()?;
    if lines.iter().any(|line| line.starts_with("$ ")) {
        return Some("a prompt");
    }
    if lines.iter().any(|line| line.starts_with('#') || line.contains(" #")) {
        return Some("a comment");
    }
    let stays = |line: &str| line.contains(" serve") && !line.ends_with('&');
    if others.iter().any(|line| stays(line)) {
        return Some("what follows a server that stays");
    }
    block.contains(['<', '\u{2026}']).then_some("a gap to be filled")
}

#[test]
fn every_block_of_commands_can_be_pasted() {
    let mut found = 0;
    for Page { path, text } in pages() {
        assert!(
            !text.contains("```console") && !text.contains("```bash"),
            "{path}: `sh` is the word"
        );
        for block in blocks(&text) {
            found += 1;
            assert_eq!(stops_the_paste(block), None, "{path}:\n{block}");
        }
    }
    assert!(found > 30, "{found} blocks");
}

#[test]
fn what_stops_a_paste_is_caught() {
    assert_eq!(stops_the_paste("$ dig a"), Some("a prompt"));
    assert_eq!(stops_the_paste("make test   # all"), Some("a comment"));
    assert_eq!(stops_the_paste("# all\nmake test"), Some("a comment"));
    assert_eq!(stops_the_paste("fedns serve\ndig a"), Some("what follows a server that stays"));
    assert_eq!(stops_the_paste("fedns explain <name>"), Some("a gap to be filled"));
    assert_eq!(stops_the_paste("fedns serve &\nkill $!\nfedns check && fedns serve"), None);
}

/// What links of other pages call a heading.
fn anchor(heading: &str) -> String {
    let plain = heading.trim().to_lowercase();
    let kept = plain.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

fn has_anchor(text: &str, wanted: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#')).any(|heading| anchor(heading) == wanted)
}

/// Links to headings that are not there.
fn lost_anchors(page: &Page, all: &[Page]) -> Vec<String> {
    let targets = page.text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    let linked = targets.filter(|target| !target.contains("://"));
    let parts = linked.filter_map(|target| Some((target, target.split_once('#')?)));
    let is_lost = |(_, (file, wanted)): &(&str, (&str, &str))| {
        let path = match (file.strip_prefix("../"), page.path.rsplit_once('/')) {
            _ if file.is_empty() => page.path.clone(),
            (Some(above), _) => above.to_owned(),
            (None, Some((folder, _))) => format!("{folder}/{file}"),
            (None, None) => (*file).to_owned(),
        };
        !all.iter().any(|other| other.path == path && has_anchor(&other.text, wanted))
    };
    parts.filter(is_lost).map(|(target, _)| format!("{}: {target}", page.path)).collect()
}

#[test]
fn links_lead_to_headings_that_there_are() {
    let all = pages();
    let lost: Vec<_> = all.iter().flat_map(|page| lost_anchors(page, &all)).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    let linked = all.iter().filter(|page| page.text.contains(".md#")).count();
    assert!(linked > 2, "no links to headings were found");
}

#[test]
fn a_link_to_no_heading_is_caught() {
    let page = |path: &str, text: &str| Page { path: path.to_owned(), text: text.to_owned() };
    let other = page("docs/b.md", "# B\n## Why `x` is, what it is\n");
    let good = page("docs/a.md", "[b](b.md#why-x-is-what-it-is) [c](https://x.y/#z)");
    let bad = page("docs/c.md", "[b](b.md#why) [own](#here)");
    let all = [other, good, bad];
    assert!(lost_anchors(&all[1], &all).is_empty());
    assert_eq!(lost_anchors(&all[2], &all), ["docs/c.md: b.md#why", "docs/c.md: #here"]);
}

#[test]
fn every_page_is_found_from_the_list_of_pages() {
    let list = read("docs/README.md");
    for Page { path, .. } in pages() {
        let name = path.strip_prefix("docs/").map_or(format!("../{path}"), str::to_owned);
        let is_told = list.contains(&format!("]({name})"));
        assert!(is_told || name == "README.md" || name == "../CHANGELOG.md", "{path}");
    }
    assert!(read("README.md").contains("](docs/README.md)"));
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 250, "{lines} lines: what is longer belongs to a page below `docs`");
}

#[test]
fn every_key_of_the_configuration_is_told() {
    let (page, operations) = (read("docs/configuration.md"), read("docs/operations.md"));
    let spec = read("src/config/spec.rs");
    let keys: Vec<_> = spec
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"))
        .map(|(key, _)| key)
        .collect();
    assert!(keys.len() > 40, "{} keys", keys.len());
    for key in keys {
        let is_told = [&page, &operations]
            .iter()
            .any(|page| page.contains(&format!("`{key}`")) || page.contains(&format!("{key}: ")));
        assert!(is_told, "`{key}`");
    }
}

/// The words of a text that hold a digit, without what stands around them.
fn figures(text: &str) -> Vec<&str> {
    let words = text.split(|it: char| it.is_whitespace() || "|(),;:`".contains(it));
    words
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.starts_with(|it: char| it.is_ascii_digit()))
        .collect()
}

/// What was measured, with its day and its command, stands on the page of measurements.
#[test]
fn numbers_of_the_readme_are_those_that_were_measured() {
    let (readme, page) = (read("README.md"), read("docs/performance.md"));
    let measured = figures(&page);
    let (_, section) = readme.split_once("\n## Numbers\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 6, "{} numbers", rows.len());
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, _, numbers, _, how, _] = cells[..] else { panic!("{row}") };
        for figure in figures(numbers) {
            assert!(measured.contains(&figure), "{figure} of\n{row}");
        }
        let (day, command) = how.split_once(", ").unwrap();
        assert!(page.contains(day), "{day} of\n{row}");
        assert!(page.contains(command.trim_matches('`')), "{command} of\n{row}");
    }
}
