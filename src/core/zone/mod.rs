//! Static zones: DNS data that people write in master files, as queries read it.
//!
//! In: the octets of master files (RFC 1035, section 5), and whoever reads included ones. Out:
//! [`StaticZone`], in which names are looked up without allocating, or all that is wrong with the files.
//! Does not know files on disk, federations, or how an answer is written.
//!
//! ```text
//! octets -> entries (`lexer`) -> records (`reader`, `rdata`) -> rules between records (`check`)
//!        -> one immutable arena (`data`) -> what a name is (`find`)
//! ```

mod finding;
mod lexer;
mod text;
pub mod types;
mod rdata;
mod generate;
mod key;
mod reader;
mod check;
mod data;
mod find;
mod load;

use std::sync::Arc;

use crate::core::name::Name;

pub use data::{Node, Record, RrSet, StaticZone};
pub use find::{Cover, Found};
pub use finding::{Finding, Findings, Position};
pub use load::{Loaded, load};
pub use rdata::{NamesIn, names_in, print};
pub use reader::{Included, Inclusion};
pub use types::{ALIAS, type_name, type_number};

/// An apex for which somebody wrote a zone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrittenZone {
    /// The apex.
    pub apex: Name,
    /// Its records; `None` where no file of it could be used yet, so that nothing is known of its names.
    pub records: Option<Arc<StaticZone>>,
}
