//! Meaning: from values as written to values as meant.
//!
//! In: a [`Spec`] and the folder it was written in. Out: a [`Config`] with defaults and resolved
//! paths; what does not go together is a fault. After a fault the result is to be thrown away:
//! it is made up only so that the rest of the file is looked at too.
//! Does not know how values are written.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::config::checks::{networks, refuse_twice, require};
use crate::config::folder::Folder;
use crate::config::read::{At, Notes};
use crate::config::resolved::{ClusterDefaults, Config, Log, Registry};
use crate::config::source_identity::RegistryIdentity;
use crate::config::spec::{Registry as RegistrySpec, Spec};
use crate::config::{admin, clusters, defaults, federations, listeners, unsupported};
use crate::core::policy::{Policy, TrustedClients};

/// The meaning of `spec`; `root` is where to point for what is missing.
pub(super) fn config(spec: &Spec, root: &Range<usize>, file: &Path, notes: &mut Notes) -> Config {
    require(
        &spec.api_version,
        root,
        "the file has no `apiVersion`",
        "apiVersion: fedns.dev/v1",
        notes,
    );
    require(&spec.kind, root, "the file has no `kind`", "kind: Config", notes);
    unsupported::warn(spec, notes);
    let folder = Folder::of(file);
    let zones_dir = spec.zones_dir.value().map(|dir| folder.resolve(dir));
    let clusters = clusters::lower(spec, &folder, notes);
    let federations = federations::lower(spec, zones_dir.as_deref(), notes);
    let addresses = listeners::lower(spec, notes);
    let admin = admin::lower(spec, addresses.admin, &folder, notes);
    let log = spec.log.value();
    let log = Log {
        level: log.and_then(|log| log.level.value().copied()).unwrap_or_default(),
        format: log.and_then(|log| log.format.value().copied()).unwrap_or_default(),
    };
    let workers = spec.udp_workers.value().map(|workers| usize::from(workers.0));
    let grace = spec.sync_grace.value().map(|grace| grace.0);
    let resolver = spec.resolver.value().map_or(&[][..], |resolver| resolver.servers.items());
    Config {
        policy: Policy { federations, ..policy(spec, notes) },
        clusters,
        listen: addresses.dns,
        admin,
        udp_workers: workers.unwrap_or_else(defaults::udp_workers),
        resolver_servers: resolver.iter().map(|server| server.value.0).collect(),
        sync_grace: grace.unwrap_or(defaults::SYNC_GRACE),
        lameduck: spec.lameduck.value().map_or(defaults::LAMEDUCK, |lameduck| lameduck.0),
        state_dir: spec.state_dir.value().map(|dir| folder.resolve(dir)),
        overrides_file: overrides_file(spec, &folder, notes),
        zones_dir,
        zone_complaints: Vec::new(),
        registries: registries(spec, &folder, notes),
        defaults: ClusterDefaults(spec.cluster_defaults.value().cloned().unwrap_or_default()),
        log,
        warnings: Vec::new(),
    }
}

fn overrides_file(spec: &Spec, folder: &Folder<'_>, notes: &mut Notes) -> Option<PathBuf> {
    let At { value, span } = spec.overrides.at()?;
    let title = "it is not said where overrides are kept";
    require(&value.file, span, title, "file: ./overrides.yaml", notes);
    Some(folder.resolve(value.file.value()?))
}

fn policy(spec: &Spec, notes: &mut Notes) -> Policy {
    let default = Policy::default();
    let ttl = spec.negative_ttl.value().map(|ttl| ttl.0);
    let addresses = spec.max_addresses.value().map(|most| usize::from(most.0));
    let size = spec.max_udp_size.value().map(|size| size.0);
    let in_cluster_ttl = spec.in_cluster_ttl.value().map(|ttl| ttl.0);
    Policy {
        negative_ttl: ttl.unwrap_or(default.negative_ttl),
        max_addresses: addresses.unwrap_or(default.max_addresses),
        max_udp_size: size.unwrap_or(default.max_udp_size),
        in_cluster_ttl: in_cluster_ttl.unwrap_or(default.in_cluster_ttl),
        trusted_clients: if spec.trusted_clients.is_absent() {
            default.trusted_clients
        } else {
            TrustedClients::Networks(networks(&spec.trusted_clients, notes))
        },
        federations: default.federations,
        static_zones: default.static_zones,
    }
}

/// Where a registry is: told as the file has it, and compared as what it is.
struct Place<'r> {
    registry: &'r Registry,
    identity: RegistryIdentity,
}

impl<'r> Place<'r> {
    fn of(registry: &'r Registry) -> Self {
        Self { registry, identity: RegistryIdentity::of(registry) }
    }
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Eq for Place<'_> {}

impl Hash for Place<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.identity.hash(hasher);
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.registry.fmt(f)
    }
}

fn registries(spec: &Spec, folder: &Folder<'_>, notes: &mut Notes) -> Vec<Registry> {
    let mut lower = |registry: &At<RegistrySpec>| {
        let title = "a registry says nothing of where its clusters are";
        require(&registry.value.secrets, &registry.span, title, "secrets: { .. }", notes);
        let at = registry.value.secrets.at()?;
        let secrets = &at.value;
        let title = "the registry has no `kubeconfig`";
        require(&secrets.kubeconfig, &at.span, title, "kubeconfig: in-cluster", notes);
        let title = "the registry has no `namespace`";
        require(&secrets.namespace, &at.span, title, "namespace: fedns", notes);
        Some(Registry {
            kubeconfig: folder.kubeconfig(secrets.kubeconfig.value()?),
            namespace: secrets.namespace.value()?.clone(),
            allow_exec: secrets.allow_exec.value().copied().unwrap_or_default(),
        })
    };
    let items = spec.registries.items().iter();
    let all: Vec<_> = items.filter_map(|at| Some((lower(at)?, &at.span))).collect();
    refuse_twice("registry", all.iter().map(|(it, span)| (Place::of(it), *span)), notes);
    all.into_iter().map(|(registry, _)| registry).collect()
}
