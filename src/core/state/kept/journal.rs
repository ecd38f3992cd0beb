//! Journals: what changed of a cluster behind its file, a few octets where the file would be many.
//!
//! ```text
//! journal: batch ...
//! batch:   length u32 | a state file whose first section says what it stands behind
//! ```
//!
//! In: shards that changed. Out: batches, and back: each is taken in over what stands before it. A batch
//! names by checksum what it stands behind, the file or another batch: those of a file that was replaced
//! say nothing, and may stand before others. A torn one ends the journal. Little-endian. Does not know disks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::core::policy::ClusterPolicy;
use crate::core::state_file::{Encoder, Kind, Unusable, sections, whole_checksum};

use super::watched::ResourceVersion;
use super::{Kept, Row, SHARDS, Slice, packed, read_row, unpacked};

/// The tag of what stands first in a batch.
const BEHIND: u8 = 11;

/// What stands first in a batch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Behind {
    /// The checksum of the file or the batch before it.
    checksum: u32,
    /// Up to where the cluster was read by then.
    versions: Vec<ResourceVersion>,
}

/// What changed of a cluster since it was copied last.
#[derive(Clone, Debug)]
pub struct Part {
    /// The revision of what is kept of it, with this.
    pub revision: u64,
    /// Up to where it was read.
    pub versions: Vec<ResourceVersion>,
    /// The shards that changed; one that is gone is without octets.
    pub(in crate::core::state) shards: Slice,
}

impl Part {
    /// Adds its batch to `out`, behind what has this checksum; gives that of the batch.
    pub fn write(mut self, checksum: u32, out: &mut Vec<u8>) -> u32 {
        self.shards.settle();
        let mut batch = Vec::new();
        let mut encoder = Encoder::start(Kind::Journal, &mut batch);
        let behind = Behind { checksum, versions: self.versions };
        encoder.section(BEHIND, &packed(&behind), &mut batch);
        encoder.section(self.shards.tag, &self.shards.octets, &mut batch);
        let checksum = encoder.end(&mut batch);
        out.extend_from_slice(&(batch.len() as u32).to_le_bytes());
        out.extend_from_slice(&batch);
        checksum
    }
}

impl Kept {
    /// Takes in the journal that was found beside the cluster's file.
    ///
    /// # Errors
    /// Says why the rest of it can not be used. What stands before that is taken in.
    pub fn add(&mut self, journal: &[u8], policy: &ClusterPolicy) -> Result<(), Unusable> {
        let mut known: HashMap<Box<[u8]>, usize> = HashMap::new();
        let rows = self.rows.iter().enumerate();
        known.extend(rows.map(|(at, row)| (self.octets[row.key()].into(), at)));
        let mut rest = journal;
        let mut done = Ok(());
        let mut is_begun = false;
        while let Some((length, behind)) = rest.split_first_chunk() {
            let Some((batch, next)) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)
            else {
                break;
            };
            rest = next;
            match self.add_batch(batch, policy, &mut known) {
                Ok(true) => (is_begun, done) = (true, Ok(())),
                // Of a file that was replaced, and that could not be taken away; others may follow.
                Ok(false) if !is_begun => {}
                Err(unusable) if !is_begun => done = Err(unusable),
                Ok(false) => done = Err(Unusable::Damaged("a part does not follow the one before")),
                Err(unusable) => done = Err(unusable),
            }
            if is_begun && done.is_err() {
                break;
            }
        }
        self.rows.retain(|row| !row.is_gone());
        done
    }

    /// Takes in one batch, if it stands behind what was taken in before.
    fn add_batch(
        &mut self,
        batch: &[u8],
        policy: &ClusterPolicy,
        known: &mut HashMap<Box<[u8]>, usize>,
    ) -> Result<bool, Unusable> {
        let found = sections(batch, Kind::Journal)?;
        let Some((BEHIND, behind)) = found.first() else {
            return Err(Unusable::Damaged("a part does not say what it follows"));
        };
        let behind: Behind = unpacked(&batch[behind.clone()])?;
        if behind.checksum != self.checksum {
            return Ok(false);
        }
        let start = self.octets.len();
        if u32::try_from(start + batch.len()).is_err() {
            return Err(Unusable::Damaged("it is larger than 4 GiB"));
        }
        self.octets.extend_from_slice(batch);
        let mut rows = Vec::new();
        for (_, section) in found.iter().filter(|(tag, _)| *tag == SHARDS) {
            let (mut at, end) = (start + section.start, start + section.end);
            while at < end {
                rows.push(read_row(&self.octets[..end], &mut at, policy)?);
            }
        }
        for row in rows {
            match known.get(&self.octets[row.key()]) {
                Some(&at) => self.rows[at] = row,
                None => {
                    known.insert(self.octets[row.key()].into(), self.rows.len());
                    self.rows.push(row);
                }
            }
        }
        (self.checksum, self.head.resource_versions) = (whole_checksum(batch), behind.versions);
        Ok(true)
    }
}

impl Row {
    /// Whether it says that there is no such shard any more.
    pub(super) fn is_gone(&self) -> bool {
        self.shard().is_empty()
    }
}
