//! The UID of a cluster: that of its namespace `kube-system`, by which one cluster is told from another.
//!
//! In: a connection. Out: the UID of the cluster that answers over it. Does not know what was seen before.

use serde::Deserialize;

use super::failure::Failure;
use super::http::small_document;
use super::http_connection::HttpConnection;
use super::patience::Patience;

#[derive(Deserialize)]
struct Namespace {
    metadata: NamespaceMetadata,
}

#[derive(Deserialize)]
struct NamespaceMetadata {
    uid: Box<str>,
}

/// The UID of the cluster that answers over a connection; `None` where the server does not let us look.
pub(in crate::clusters) async fn cluster_uid(
    connection: &mut HttpConnection,
    patience: &Patience,
) -> Result<Option<Box<str>>, Failure> {
    let path = "/api/v1/namespaces/kube-system";
    match small_document(connection, path, patience).await {
        Ok(text) => match serde_json::from_slice::<Namespace>(&text) {
            Ok(namespace) => Ok(Some(namespace.metadata.uid)),
            Err(error) => Err(Failure::Garbage(error.to_string().into())),
        },
        Err(Failure::Status { code: 400 | 403..=409, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}
