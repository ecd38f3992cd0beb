//! Timing: how long things may take, and how often they are done.
//!
//! Out: [`Timing`], the same for every cluster; tests take a faster one. Does not know what is done.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long things may take, and how often they are done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest wait for the head of a response.
    pub head: Duration,
    /// Longest silence within a list.
    pub silence: Duration,
    /// Longest time within a list in which no object comes; a large one that is coming has a
    /// millisecond more for each of its octets.
    pub progress: Duration,
    /// How long the server is told to keep a list by watch: longer than any takes, for a server that
    /// ends one in its middle has it begun anew.
    pub list: Duration,
    /// How long the server is told to keep a watch; up to a fifth more. That it ends so soon is how
    /// a connection whose other end has vanished is noticed: one request a minute costs nobody.
    pub watch: Duration,
    /// How much later than that a watch ends at the latest.
    pub watch_slack: Duration,
    /// Between lists where watching is forbidden.
    pub poll: Duration,
    /// Between lists where watching works, in case something was missed; up to half more.
    pub resync: Duration,
    /// First pause between lists of one kind that follow each other too soon; it doubles.
    pub relist_pause: Duration,
    /// Longest such pause.
    pub longest_relist_pause: Duration,
    /// After so long without a list those before are forgotten.
    pub relists_forgotten: Duration,
    /// Between questions for a kind that a cluster does not serve.
    pub absent: Duration,
    /// First pause after a failure; it doubles.
    pub first_pause: Duration,
    /// Longest pause after failures.
    pub longest_pause: Duration,
    /// Between probes of the server.
    pub probe: Duration,
    /// Longest wait for the answer to a probe, and for the cluster's UID, from a server that has not shown
    /// yet that it needs longer; up to `head` from one that has.
    pub probe_patience: Duration,
    /// How long none of a cluster's lists and watches has to go on, all of them having failed, until contact
    /// counts as lost: a watch that is begun anew, or one request that fails, is no loss.
    pub blind: Duration,
    /// Between looks at the cluster's UID and version.
    pub identify: Duration,
    /// Between looks at the files of the credentials.
    pub glance: Duration,
    /// Longest run of a program that gives credentials.
    pub exec: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(5),
            head: seconds(30),
            silence: seconds(20),
            progress: seconds(60),
            list: seconds(3600),
            watch: seconds(50),
            watch_slack: seconds(10),
            poll: seconds(30),
            resync: seconds(3600),
            relist_pause: seconds(5),
            longest_relist_pause: seconds(40),
            relists_forgotten: seconds(600),
            absent: seconds(60),
            first_pause: Duration::from_millis(500),
            longest_pause: seconds(30),
            probe: seconds(5),
            probe_patience: seconds(3),
            blind: seconds(2),
            identify: seconds(60),
            glance: seconds(1),
            exec: seconds(30),
        }
    }
}

/// A number from 0 up to 1, another one each time: it keeps clusters from asking in step.
pub(in crate::clusters) fn draw() -> f64 {
    // The upper 53 bits, which is what a float can hold.
    (RandomState::new().hash_one(0_u8) >> 11) as f64 / (1_u64 << 53) as f64
}
