//! What the keeper tells of itself, for whoever shows it.
//!
//! In: what became of writing. Out: complaints and counts, as values.
//! Does not know what is kept.

use crate::core::complaint::Complaint;

/// What the keeper tells of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeeperReport {
    /// What is wrong with the folder and its files now.
    pub complaints: Vec<Complaint>,
    /// Files written since the start.
    pub writes: u64,
    /// Of those that were to be written, how many could not be.
    pub failures: u64,
    /// When one was written last, in unix seconds.
    pub written_at: Option<u64>,
    /// How often the folder was taken over from another process.
    pub takeovers: u64,
}
