//! Whoever hears how the credentials of an API server do.
//!
//! In: what sessions notice, and what a server says. Out: whatever a [`CredentialsListener`] makes of it.
//! Does not know what credentials are for.

use crate::core::complaint::Flaw;

/// Nobody listens any more: the process is ending, or the cluster is no longer registered.
#[derive(Clone, Copy, Debug)]
pub(in crate::clusters) struct Unheard;

/// Is told how credentials do.
pub(in crate::clusters) trait CredentialsListener {
    /// They could be read and made a session. `expiry`: until when they are good, in unix seconds.
    /// `weakness`: what lets others in between, and keeps nobody from asking.
    fn opened(
        &self,
        expiry: Option<i64>,
        weakness: Option<Flaw>,
    ) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// They can not be used. `has_session`: those of before still are.
    fn unusable(
        &self,
        flaw: Flaw,
        has_session: bool,
    ) -> impl Future<Output = Result<(), Unheard>> + Send;
}

/// Who found something wrong with credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Finder {
    /// We do: they can not be read, or are weak.
    Here,
    /// The server does not take them.
    Server,
}

/// What is wrong with credentials.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::clusters) struct CredentialFlaws {
    here: Option<Flaw>,
    server: Option<Flaw>,
}

impl CredentialFlaws {
    /// Keeps what somebody finds wrong now, or that nothing is; whether that is another thing than
    /// before.
    pub(in crate::clusters) fn set(&mut self, finder: Finder, flaw: Option<Flaw>) -> bool {
        let known = match finder {
            Finder::Here => &mut self.here,
            Finder::Server => &mut self.server,
        };
        let is_news = *known != flaw;
        *known = flaw;
        is_news
    }

    /// All that is wrong.
    pub(in crate::clusters) fn iter(&self) -> impl Iterator<Item = &Flaw> {
        self.here.iter().chain(&self.server)
    }
}
