//! Connections that can not be accepted, told once and then now and then.
//!
//! In: errors, as often as they come. Out: words for the log, at most once a minute.
//! Does not know which listener it is.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// How long no further error is told after one.
const REST: Duration = Duration::from_secs(60);

/// What was told of errors, and what was not.
#[derive(Debug, Default)]
pub struct AcceptFaults {
    told_at: Option<Instant>,
    untold: u64,
}

impl AcceptFaults {
    /// An error came: what is to be told of it, if anything.
    pub fn tell(&mut self, error: &io::Error) -> Option<String> {
        if self.told_at.is_some_and(|at| at.elapsed() < REST) {
            self.untold += 1;
            return None;
        }
        self.told_at = Some(Instant::now());
        let hint = match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
            Some(rustix::io::Errno::MFILE) => {
                "; the process has all the descriptors that it may have: raise LimitNOFILE= \
                 (systemd) or `ulimit -n`"
            }
            Some(rustix::io::Errno::NFILE) => {
                "; the system has no more descriptors: raise fs.file-max, or end what takes them"
            }
            _ => "",
        };
        let before = match std::mem::take(&mut self.untold) {
            0 => String::new(),
            untold => format!(", and {untold} times since this was told last"),
        };
        Some(format!("{error}{before}{hint}; trying again"))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_told_once_a_minute_with_how_often_it_came() {
        let mut faults = AcceptFaults::default();
        let error = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        let told = faults.tell(&error).expect("the first");
        assert!(told.contains("LimitNOFILE="), "{told}");
        assert!((0..600).all(|_| faults.tell(&error).is_none()));
        advance(REST).await;
        let told = faults.tell(&error).expect("a minute later");
        assert!(told.contains("and 600 times since"), "{told}");
    }
}
