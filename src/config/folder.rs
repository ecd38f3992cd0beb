//! The folder of the file: where relative paths and `~/` lead.
//!
//! In: paths as written. Out: paths as meant; nothing is opened or looked at.
//! Does not know what stands there.

use std::path::{Path, PathBuf};

use crate::config::defaults;
use crate::config::meant::Kubeconfig;
use crate::config::spec::Kubeconfig as KubeconfigSpec;

/// Where relative paths and `~/` lead.
pub(super) struct Folder<'a> {
    path: &'a Path,
    home: Option<PathBuf>,
}

impl<'a> Folder<'a> {
    pub(super) fn of(file: &'a Path) -> Self {
        let path = file.parent().unwrap_or(Path::new(""));
        Self { path, home: std::env::var_os("HOME").map(PathBuf::from) }
    }

    pub(super) fn resolve(&self, written: &str) -> PathBuf {
        match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.path.join(written.strip_prefix("./").unwrap_or(written)),
        }
    }

    pub(super) fn kubeconfig(&self, spec: &KubeconfigSpec) -> Kubeconfig {
        match spec {
            KubeconfigSpec::InCluster => Kubeconfig::InCluster,
            KubeconfigSpec::File(file) => Kubeconfig::File {
                path: self.resolve(file.path.value().map_or(defaults::KUBECONFIG, String::as_str)),
                context: file.context.value().cloned(),
            },
        }
    }
}
