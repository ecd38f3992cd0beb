//! A real API server that is told many things, one after the other.
//!
//! In: a kubeconfig, as text. Out: merge patches (RFC 7396), each waited for.

use std::time::Duration;

use hyper::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::interval;

pub struct Api {
    runtime: Runtime,
    client: Client,
}

impl Api {
    pub fn new(kubeconfig: &str) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let kubeconfig = Kubeconfig::from_yaml(kubeconfig).unwrap();
        let runtime = Runtime::new().unwrap();
        let client = runtime.block_on(async {
            let options = KubeConfigOptions::default();
            let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
            Client::try_from(config).unwrap()
        });
        Self { runtime, client }
    }

    /// Changes the object at this path.
    pub fn merge(&self, path: &str, change: &Value) {
        self.runtime.block_on(self.patch(path, change));
    }

    /// Changes the object at this path again and again, a change in so much time.
    pub fn merge_each(
        &self,
        path: &str,
        every: Duration,
        changes: impl IntoIterator<Item = Value>,
    ) {
        self.runtime.block_on(async {
            let mut turns = interval(every);
            for change in changes {
                turns.tick().await;
                self.patch(path, &change).await;
            }
        });
    }

    async fn patch(&self, path: &str, change: &Value) {
        let request = Request::patch(path)
            .header("content-type", "application/merge-patch+json")
            .body(change.to_string().into_bytes())
            .unwrap();
        self.client.request_text(request).await.unwrap();
    }
}
