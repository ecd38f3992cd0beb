//! What the system says of this process, under the names that all exporters use.
//!
//! In: files of Linux below /proc. Out: metrics; none where those files are not there.
//! Does not know what the process does.

use std::fmt;
use std::fs;

use prometheus_client::encoding::DescriptorEncoder;

use super::encode::{counter, gauge};
use crate::panics;

/// What the kernel counts times to programs in: `USER_HZ`, which has been 100 on every
/// architecture that this program is built for, whatever the kernel's own tick is.
const TICKS: f64 = 100.0;

/// What is read of the process.
#[derive(Debug, PartialEq)]
struct Process {
    cpu_seconds: f64,
    threads: u64,
    start_seconds: f64,
    virtual_bytes: u64,
}

pub(super) fn encode(encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "Panics, each of which is a fault of fedns";
    counter(encoder, "fedns_panics", help, panics::count())?;
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    if let Some(process) = Process::read(&read("/proc/self/stat"), &read("/proc/stat")) {
        let help = "Time on processors, in user and system mode";
        counter(encoder, "process_cpu_seconds", help, process.cpu_seconds)?;
        let help = "When the process started, in unix seconds";
        gauge(encoder, "process_start_time_seconds", help, process.start_seconds)?;
        gauge(encoder, "process_threads", "Threads of the process", process.threads)?;
        let help = "Size of virtual memory";
        gauge(encoder, "process_virtual_memory_bytes", help, process.virtual_bytes)?;
    }
    if let Some(bytes) = resident_bytes(&read("/proc/self/status")) {
        let help = "Size of memory that is in use";
        gauge(encoder, "process_resident_memory_bytes", help, bytes)?;
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // One of them is the folder that is being read here.
        let open = files.count().saturating_sub(1);
        gauge(encoder, "process_open_fds", "File descriptors that are open", open)?;
    }
    if let Some(most) = most_files(&read("/proc/self/limits")) {
        let help = "File descriptors that may be open";
        gauge(encoder, "process_max_fds", help, most)?;
    }
    Ok(())
}

impl Process {
    /// Reads `/proc/self/stat` (fields by number in proc(5), counted from 1) and `/proc/stat`.
    fn read(stat: &str, system: &str) -> Option<Self> {
        // The second field is the program's name, which may hold blanks and parentheses.
        let (_, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| -> Option<u64> { fields.get(number - 3)?.parse().ok() };
        let booted = system.lines().find_map(|line| line.strip_prefix("btime "))?;
        let booted: f64 = booted.trim().parse().ok()?;
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) as f64 / TICKS,
            threads: field(20)?,
            start_seconds: booted + field(22)? as f64 / TICKS,
            virtual_bytes: field(23)?,
        })
    }
}

/// `VmRSS` of `/proc/self/status`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The soft limit in `/proc/self/limits`; `None` where there is no limit.
fn most_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 6000 4096 33 1";
        let process = Process::read(stat, "cpu 1 2\nbtime 1700000000\nprocesses 5\n");
        let (cpu_seconds, start_seconds) = (3.0, 1_700_000_060.0);
        let expected = Process { cpu_seconds, threads: 9, start_seconds, virtual_bytes: 4096 };
        assert_eq!(process, Some(expected));
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    12 kB\n"), Some(12 * 1024));
        let limits = "Limit  Soft  Hard  Units\nMax open files    1024    4096    files \n";
        assert_eq!(most_files(limits), Some(1024));
    }

    #[test]
    fn says_nothing_of_what_it_can_not_read() {
        assert_eq!(Process::read("", ""), None);
        assert_eq!(Process::read("7 (x) S 1", "btime 5\n"), None);
        assert_eq!(resident_bytes("Name: x\n"), None);
        assert_eq!(most_files("Max open files    unlimited    unlimited    files\n"), None);
    }
}
