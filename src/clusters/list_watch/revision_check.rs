//! Rewinds: whether the data of an API server went back while nobody was connected to it.
//!
//! In: how far a watch had come. Out: a failure, as if its version were forgotten, where the server is
//! not that far any more: its etcd was restored from a backup. A watch that went on from there would
//! be told nothing until the versions had come again.
//! Does not know objects.

use tokio::time::Instant;

use super::list::ListBody;
use crate::clusters::api::collection::Collection;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::{Form, open, piece};
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::timing::Timing;

/// Fails where `version` is ahead of what the server has now. Versions are opaque by the letter; all
/// servers that keep their data in etcd give its revisions, and where one does not nothing is said.
pub(in crate::clusters) async fn check(
    connection: &mut HttpConnection,
    objects: Collection<'_>,
    version: &str,
    timing: &Timing,
) -> Result<(), Failure> {
    let present = match present(connection, objects, timing).await {
        Ok(present) => present,
        // The watch is told the same, and more is made of it there.
        Err(Failure::Status { .. } | Failure::Garbage(_)) => return Ok(()),
        Err(failure) => return Err(failure),
    };
    match (present.parse::<u64>(), version.parse::<u64>()) {
        (Ok(present), Ok(known)) if present < known => {
            let message = format!("its versions went back from {known} to {present}").into();
            Err(Failure::Status { code: 410, message, retry_after: None })
        }
        _ => Ok(()),
    }
}

/// The version that a list shows which asks for no certain one, and so for the latest.
async fn present(
    connection: &mut HttpConnection,
    objects: Collection<'_>,
    timing: &Timing,
) -> Result<String, Failure> {
    let mut body = open(connection, &objects.some(1, None), Form::Metadata, timing.head).await?;
    let mut list = ListBody::new();
    let until = Instant::now() + timing.silence;
    while let Some(octets) = piece(&mut body, until, "a list of one").await? {
        list.take(&octets, |_| ()).map_err(|why| Failure::Garbage(why.into()))?;
    }
    let metadata = list.end().map_err(|why| Failure::Garbage(why.into()))?;
    Ok(metadata.resource_version)
}
