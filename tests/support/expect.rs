//! Expected text that lives in files: compared, or written anew under `UPDATE_EXPECT=1`.

use std::path::Path;

/// Sets a file's text against what it should be now; gives a diff where they differ.
/// With `UPDATE_EXPECT=1` the file is written instead.
pub fn check(path: &Path, written: &str, actual: &str) -> Result<(), String> {
    if written == actual {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        std::fs::write(path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return Ok(());
    }
    Err(format!("{}\n{}", path.display(), diff(written, actual)))
}

/// The lines that differ, `-` as expected and `+` as answered, each group below the last line
/// before it that both have and that starts at the margin: the step it belongs to.
fn diff(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let common = common_lengths(&old, &new);
    let (mut i, mut j) = (0, 0);
    let (mut step, mut shown_step) = (0, usize::MAX);
    let mut text = String::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            if !old[i].starts_with(' ') && !old[i].is_empty() {
                step = i;
            }
            (i, j) = (i + 1, j + 1);
            continue;
        }
        if step != shown_step && step < old.len() {
            text.push_str(&format!("{:4}: {}\n", step + 1, old[step]));
            shown_step = step;
        }
        if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            text.push_str(&format!("    - {}\n", old[i]));
            i += 1;
        } else {
            text.push_str(&format!("    + {}\n", new[j]));
            j += 1;
        }
    }
    text
}

/// How many lines the rests of both texts have in common, by where the rests start.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    table
}
