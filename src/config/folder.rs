//! The folder of the file: where relative paths and `~/` lead.
//!
//! In: paths as written, and the environment (`HOME`, `KUBECONFIG`). Out: paths as meant; nothing
//! is opened or looked at.
//! Does not know what stands there.

use std::path::{Path, PathBuf};

use crate::config::defaults;
use crate::config::resolved::Kubeconfig;
use crate::config::spec::Kubeconfig as KubeconfigSpec;

/// Where relative paths and `~/` lead.
pub(super) struct Folder<'a> {
    path: &'a Path,
    home: Option<PathBuf>,
    /// What kubectl would read, where somebody said so.
    kubeconfigs: Vec<PathBuf>,
}

impl<'a> Folder<'a> {
    pub(super) fn of(file: &'a Path) -> Self {
        let path = file.parent().unwrap_or(Path::new(""));
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let kubeconfigs = std::env::var_os("KUBECONFIG").unwrap_or_default();
        let kubeconfigs = std::env::split_paths(&kubeconfigs);
        let kubeconfigs = kubeconfigs.filter(|path| !path.as_os_str().is_empty()).collect();
        Self { path, home, kubeconfigs }
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
            KubeconfigSpec::File(file) => Kubeconfig::Files {
                paths: self.kubeconfigs(file.path.value().map(String::as_str)),
                context: file.context.value().cloned(),
                allow_exec: file.allow_exec.value().copied().unwrap_or_default(),
            },
        }
    }

    /// Several may be written in the form of `KUBECONFIG`, which counts where none is written.
    fn kubeconfigs(&self, written: Option<&str>) -> Vec<PathBuf> {
        match written {
            None if !self.kubeconfigs.is_empty() => self.kubeconfigs.clone(),
            None => vec![self.resolve(defaults::KUBECONFIG)],
            Some(written) => {
                let paths = written.split(':').filter(|path| !path.is_empty());
                paths.map(|path| self.resolve(path)).collect()
            }
        }
    }
}
