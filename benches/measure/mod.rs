//! Measuring: CPU time of the own thread, quartiles, gates, and the table at the end.
//!
//! In: figures of several rounds. Out: text, with the machine, the day and the commit, so that a
//! figure can be told from one measured elsewhere.
#![allow(dead_code)]

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time that this thread has used. Other programs' work does not count, though what they do
/// to caches still shows.
pub(crate) fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time of `work`, in nanoseconds.
pub(crate) fn nanoseconds(work: impl FnOnce()) -> f64 {
    let before = cpu();
    work();
    (cpu() - before).as_nanos() as f64
}

/// The value below which `share` of all lie.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Median and quartiles, such as `1.31 (1.29-1.34)`.
pub(crate) fn spread(values: &[f64], digits: usize) -> String {
    let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(values, share));
    format!("{middle:.digits$} ({low:.digits$}-{high:.digits$})")
}

/// Round by round, how often the second goes into the first.
pub(crate) fn ratios(these: &[f64], those: &[f64]) -> Vec<f64> {
    these.iter().zip(those).map(|(this, that)| this / that).collect()
}

/// Says whether a promise is kept.
pub(crate) fn gate(what: &str, is_held: bool) {
    println!("gate {}: {what}", if is_held { "held" } else { "MISSED" });
}

/// Rows in columns as wide as their widest cell, as Markdown.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0);
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<_> =
            row.iter().enumerate().map(|(at, cell)| format!("{cell:<w$}", w = width(at))).collect();
        println!("| {} |", cells.join(" | "));
        if number == 0 {
            let lines: Vec<_> = (0..columns).map(|at| "-".repeat(width(at))).collect();
            println!("| {} |", lines.join(" | "));
        }
    }
}

/// One row of a [`table`].
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Where and when: processor, cores, date, commit.
pub(crate) fn place_and_day() {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let model = model.trim_start_matches(['\t', ':', ' ']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let said = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let date = said("date", &["-u", "+%Y-%m-%d"]).unwrap_or_default();
    let commit = said("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    println!("{model}, {cores} cores; {date}; commit {commit}");
}
