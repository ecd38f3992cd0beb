//! The ConfigMap that keeps a cluster's Corefile, read and written.
//!
//! In: which cluster, namespace and name. Out: the Corefile, CoreDNS's version; a write that
//! fails where somebody else has written since. Does not know what is changed.

use anyhow::{Context, bail};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, PodSpec};
use kube::api::{Api, ListParams, PostParams};
use kube::{Client, Error};

use crate::cli::connect::{Target, in_words};
use crate::onboarding::stub::Version;

/// The key of the ConfigMap.
const KEY: &str = "Corefile";
/// The annotation with the Corefile as it was before our last write.
pub(super) const BACKUP: &str = "fedns.dev/corefile-before";
/// How often a write is tried again where something else of the ConfigMap has changed.
const TRIES: usize = 5;

/// Which ConfigMap it is.
pub(super) struct Keeper {
    pub(super) target: Target,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// A ConfigMap as it was read.
pub(super) struct Kept {
    client: Client,
    object: ConfigMap,
    /// Its Corefile.
    pub(super) corefile: String,
}

impl Keeper {
    /// The ConfigMap in words.
    pub(super) fn describe(&self) -> String {
        let context = self.target.context.as_deref();
        let of = context.map(|name| format!(" of context {name}")).unwrap_or_default();
        format!("ConfigMap {}/{}{of}", self.namespace, self.name)
    }

    /// Reads it.
    pub(super) async fn read(&self) -> anyhow::Result<Kept> {
        let client = self.target.client().await?;
        let object = self.object(&client).await?;
        let corefile = corefile(&object)
            .with_context(|| format!("{} has no key {KEY}", self.describe()))?
            .to_owned();
        Ok(Kept { client, object, corefile })
    }

    async fn object(&self, client: &Client) -> anyhow::Result<ConfigMap> {
        let api: Api<ConfigMap> = Api::namespaced(client.clone(), &self.namespace);
        let read = api.get(&self.name).await.map_err(in_words);
        read.with_context(|| format!("{} can not be read", self.describe()))
    }

    /// CoreDNS's version, as the image of its containers says; `None` where that is not known.
    pub(super) async fn version(&self, kept: &Kept) -> Option<Version> {
        let dns = ListParams::default().labels("k8s-app=kube-dns");
        let deployments: Api<Deployment> = Api::namespaced(kept.client.clone(), &self.namespace);
        let found = deployments.list(&dns).await.ok()?;
        let specs = found.items.iter().filter_map(|it| it.spec.as_ref()?.template.spec.as_ref());
        if let Some(version) = oldest(specs) {
            return Some(version);
        }
        let sets: Api<DaemonSet> = Api::namespaced(kept.client.clone(), &self.namespace);
        let found = sets.list(&dns).await.ok()?;
        oldest(found.items.iter().filter_map(|it| it.spec.as_ref()?.template.spec.as_ref()))
    }

    /// Writes another Corefile, and a backup of the one before into an annotation, or no backup.
    /// Where the ConfigMap has changed since it was read, but its Corefile has not, it is read
    /// again.
    ///
    /// # Errors
    /// Somebody else has written another Corefile since, or the API server refuses.
    pub(super) async fn write(
        &self,
        mut kept: Kept,
        text: &str,
        backup: Option<&str>,
    ) -> anyhow::Result<()> {
        let api: Api<ConfigMap> = Api::namespaced(kept.client.clone(), &self.namespace);
        for _ in 0..TRIES {
            let mut object = kept.object;
            object.data.get_or_insert_default().insert(KEY.to_owned(), text.to_owned());
            annotate(&mut object, backup);
            // The object carries the resourceVersion that was read, so this is refused where
            // anybody has written since.
            match api.replace(&self.name, &PostParams::default(), &object).await {
                Ok(_) => return Ok(()),
                Err(Error::Api(status)) if status.code == 409 => {}
                Err(error) => {
                    let what = || format!("{} can not be written", self.describe());
                    return Err(in_words(error)).with_context(what);
                }
            }
            kept.object = self.object(&kept.client).await?;
            if corefile(&kept.object) != Some(&kept.corefile) {
                break;
            }
        }
        bail!(
            "{} was changed by somebody else meanwhile; nothing is written, try again",
            self.describe()
        )
    }
}

fn corefile(object: &ConfigMap) -> Option<&str> {
    object.data.as_ref()?.get(KEY).map(String::as_str)
}

fn annotate(object: &mut ConfigMap, backup: Option<&str>) {
    let annotations = object.metadata.annotations.get_or_insert_default();
    match backup {
        Some(text) => annotations.insert(BACKUP.to_owned(), text.to_owned()),
        None => annotations.remove(BACKUP),
    };
    if annotations.is_empty() {
        object.metadata.annotations = None;
    }
}

fn oldest<'a>(pods: impl Iterator<Item = &'a PodSpec>) -> Option<Version> {
    let images = pods.flat_map(|pod| &pod.containers).filter_map(|it| it.image.as_deref());
    images.filter(|image| image.contains("coredns")).map(Version::of_image).min().flatten()
}
