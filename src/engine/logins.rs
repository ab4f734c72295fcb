//! What `windlass login` keeps, as far as the engine room knows it: somebody who is asked when an image needs it.
//!
//! The store that holds it is a port beside this one, so the command line brings both together.

use crate::plan::unit::ImageCredentials;
use std::sync::Arc;

type Ask = dyn Fn(&str) -> Result<Option<ImageCredentials>, String> + Send + Sync;

/// Knows credentials by registry (`registry.example.org:5000`, `docker.io`), or says why it cannot tell. Nobody is asked, and no
/// file opened, before an image of some registry is wanted.
#[derive(Clone, Default)]
pub struct Logins(Option<Arc<Ask>>);

impl Logins {
    pub fn new(ask: impl Fn(&str) -> Result<Option<ImageCredentials>, String> + Send + Sync + 'static) -> Logins {
        Logins(Some(Arc::new(ask)))
    }

    pub(super) fn find(&self, registry: &str) -> Result<Option<ImageCredentials>, String> {
        self.0.as_ref().map_or(Ok(None), |ask| ask(&registry.to_ascii_lowercase()))
    }
}

impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Logins(…)")
    }
}
