//! Objects in a cluster: made, changed, removed, each with a line that says so.
//!
//! In: manifests of a member, or of a hub. Out: the objects there; tokens.
//! Does not know why an object is there.

use std::time::Duration;

use anyhow::{Context, bail};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::Role;
use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch,
    PatchParams, PostParams, Preconditions,
};
use tokio::time::{Instant, sleep};

use crate::cli::connect::{Target, in_words};
use crate::cli::print::tell;
use crate::core::name::Label;
use crate::onboarding::join_manifests::{
    CLUSTER_LABEL, JoiningCluster, MANAGED_BY, MANAGER, Manifest,
};

use super::TOKEN;

/// Between looks for a token.
const GLANCE: Duration = Duration::from_millis(200);

/// The objects of one cluster.
pub(super) struct Objects {
    client: Client,
    /// The cluster in words.
    place: String,
}

impl Objects {
    /// Those of the cluster of a context.
    pub(super) async fn of(target: &Target) -> anyhow::Result<Self> {
        let place = target.context.clone().unwrap_or_else(|| "the current context".to_owned());
        Ok(Self { client: target.client().await?, place })
    }

    fn api(&self, manifest: &Manifest) -> Api<DynamicObject> {
        let (group, version) =
            manifest.api_version().split_once('/').unwrap_or(("", manifest.api_version()));
        let kind = GroupVersionKind::gvk(group, version, manifest.kind());
        let resource = ApiResource::from_gvk_with_plural(&kind, manifest.plural);
        match manifest.namespace() {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }

    async fn find(&self, manifest: &Manifest) -> anyhow::Result<Option<DynamicObject>> {
        let found = self.api(manifest).get_opt(manifest.name()).await.map_err(in_words);
        found.with_context(|| format!("{}: {} can not be read", self.place, manifest.describe()))
    }

    fn say(&self, manifest: &Manifest, became: &str) {
        tell(format_args!("{}: {} {became}", self.place, manifest.describe()));
    }

    /// Makes an object or changes it to what it should be. What others have made is not taken
    /// over, and a namespace that is there is left as it is.
    pub(super) async fn put(&self, manifest: &Manifest) -> anyhow::Result<()> {
        let before = self.find(manifest).await?;
        if let Some(before) = &before {
            if manifest.kind() == "Namespace" {
                self.say(manifest, "unchanged");
                return Ok(());
            }
            if !is_ours(before) {
                bail!(
                    "{}: {} is there and was not made by `fedns join` (it has no label \
                     {MANAGED_BY}={MANAGER}); take another --namespace, or remove it",
                    self.place,
                    manifest.describe()
                );
            }
        }
        // A binding's role can not be changed: that is why its name is that of the role.
        let how = PatchParams::apply(MANAGER).force();
        let after =
            self.api(manifest).patch(manifest.name(), &how, &Patch::Apply(&manifest.object)).await;
        let after = after.map_err(in_words).with_context(|| {
            format!("{}: {} can not be written", self.place, manifest.describe())
        })?;
        let became = match before {
            None => "created",
            Some(before) if before.metadata.resource_version == after.metadata.resource_version => {
                "unchanged"
            }
            Some(_) => "changed",
        };
        self.say(manifest, became);
        Ok(())
    }

    /// Removes an object that joining has made.
    pub(super) async fn remove(&self, manifest: &Manifest) -> anyhow::Result<()> {
        match self.find(manifest).await? {
            None => self.say(manifest, "is not there"),
            Some(_) if manifest.kind() == "Namespace" => {
                self.say(manifest, "stays: others may have put things into it");
            }
            Some(found) if !is_ours(&found) => {
                self.say(manifest, "stays: it was not made by `fedns join`");
            }
            Some(found) => {
                // The one that was looked at, and none that was made in its place since.
                let (uid, resource_version) = (found.metadata.uid, None);
                let preconditions = Some(Preconditions { uid, resource_version });
                let how = DeleteParams { preconditions, ..DeleteParams::default() };
                let removed =
                    self.api(manifest).delete(manifest.name(), &how).await.map_err(in_words);
                removed.with_context(|| {
                    format!("{}: {} can not be removed", self.place, manifest.describe())
                })?;
                self.say(manifest, "removed");
            }
        }
        Ok(())
    }

    /// The namespaces in which joining has given rights to the account of that name, beside those
    /// that are known. Where Roles can not be listed, that is said.
    pub(super) async fn namespaces_of(&self, account: &str, known: &[Label]) -> Vec<Label> {
        let api: Api<Role> = Api::all(self.client.clone());
        let ours = ListParams::default().labels(&format!("{MANAGED_BY}={MANAGER}"));
        let mut all = known.to_vec();
        match api.list(&ours).await.map_err(in_words) {
            Ok(roles) => {
                let roles = roles.items.into_iter().map(|role| role.metadata);
                let named = roles.filter(|it| it.name.as_deref() == Some(account));
                all.extend(named.filter_map(|it| Label::parse(it.namespace.as_deref()?).ok()));
                all.sort();
                all.dedup();
            }
            Err(error) => tell(format_args!(
                "{}: the Roles of all namespaces can not be listed ({error:#}); those of \
                 --namespaces alone are removed",
                self.place
            )),
        }
        all
    }

    /// The names of the Secrets by which fedns finds a cluster.
    pub(super) async fn secrets_of(
        &self,
        cluster: &Label,
        namespace: &Label,
    ) -> anyhow::Result<Vec<String>> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace.as_str());
        let of_cluster = ListParams::default().labels(&format!("{CLUSTER_LABEL}={cluster}"));
        let found = api.list(&of_cluster).await.map_err(in_words).with_context(|| {
            format!("{}: the Secrets of namespace {namespace} can not be listed", self.place)
        })?;
        Ok(found.items.into_iter().filter_map(|secret| secret.metadata.name).collect())
    }

    /// Removes one of them, whoever made it.
    pub(super) async fn remove_secret(&self, name: &str, within: &Label) -> anyhow::Result<()> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), within.as_str());
        let removed = api.delete(name, &DeleteParams::default()).await.map_err(in_words);
        removed.with_context(|| {
            format!("{}: Secret {within}/{name} can not be removed", self.place)
        })?;
        tell(format_args!("{}: Secret {within}/{name} removed", self.place));
        Ok(())
    }

    /// Waits until the cluster has written a token into its Secret.
    pub(super) async fn await_token(&self, member: &JoiningCluster) -> anyhow::Result<String> {
        let namespace = member.namespace.as_str();
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let (name, end) = (member.token(), Instant::now() + TOKEN);
        loop {
            let secret = api.get(&name).await.map_err(in_words).with_context(|| {
                format!("{}: Secret {namespace}/{name} can not be read", self.place)
            })?;
            if let Some(token) = secret.data.as_ref().and_then(|data| data.get("token")) {
                return String::from_utf8(token.0.clone()).context("the token is no text");
            }
            if Instant::now() >= end {
                bail!(
                    "{}: no token came into Secret {namespace}/{name} within {} s; does its \
                     kube-controller-manager run? --ttl asks for a token that expires instead",
                    self.place,
                    TOKEN.as_secs()
                );
            }
            sleep(GLANCE).await;
        }
    }

    /// Asks for a token that expires.
    pub(super) async fn request_token(
        &self,
        member: &JoiningCluster,
        ttl: Duration,
    ) -> anyhow::Result<String> {
        let api: Api<ServiceAccount> =
            Api::namespaced(self.client.clone(), member.namespace.as_str());
        let request = TokenRequest {
            spec: TokenRequestSpec {
                expiration_seconds: Some(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)),
                ..TokenRequestSpec::default()
            },
            ..TokenRequest::default()
        };
        let given = api
            .create_token_request(&member.account(), &PostParams::default(), &request)
            .await
            .map_err(in_words)
            .with_context(|| format!("{}: it gives no token", self.place))?;
        let status = given.status.context("the token did not come")?;
        tell(format_args!(
            "{}: a token that expires at {}",
            self.place, status.expiration_timestamp.0
        ));
        Ok(status.token)
    }
}

fn is_ours(object: &DynamicObject) -> bool {
    let labels = object.metadata.labels.as_ref();
    labels.and_then(|labels| labels.get(MANAGED_BY)).is_some_and(|value| value == MANAGER)
}
