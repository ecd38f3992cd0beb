//! Static zones of a configuration while the process runs.
//!
//! In: a configuration, and its folder of static zones as it was. Out: the configuration with the zones as they are
//! now; what is wrong with them goes to the log. Reading blocks a thread made for that.
//! Does not know who is told of another configuration.

use tokio::task::spawn_blocking;

use crate::config::Config;
use crate::zone_files::{ZoneFolder, domains};

/// A configuration, and the folder of its static zones.
#[derive(Debug)]
pub(super) struct WithZones {
    pub(super) config: Config,
    pub(super) zones: Option<ZoneFolder>,
}

impl WithZones {
    /// Reads the zones of a configuration for the first time.
    pub(super) fn load(mut config: Config) -> Self {
        let zones = ZoneFolder::load(&mut config);
        zones.iter().for_each(tell);
        Self { config, zones }
    }

    /// Reads what has changed. Zones whose files are faulty now stay as they were.
    pub(super) async fn read(self) -> Result<Self, String> {
        let reading = spawn_blocking(move || {
            let Self { mut config, zones } = self;
            let dir = config.zones_dir.clone();
            match zones.filter(|zones| Some(zones.path()) == dir.as_deref()) {
                None => Self::load(config),
                Some(mut zones) => {
                    if zones.read(&domains(&config)) {
                        tell(&zones);
                    }
                    zones.give(&mut config);
                    Self { config, zones: Some(zones) }
                }
            }
        });
        reading.await.map_err(|error| format!("the reading of static zones ended: {error}"))
    }
}

/// Says in the log what there is, and what is wrong with it.
fn tell(zones: &ZoneFolder) {
    zones.summary().iter().for_each(|line| tracing::info!("{line}"));
    zones.notices().iter().for_each(|line| tracing::warn!("{line}"));
    for fault in zones.faults() {
        fault.lines().for_each(|line| tracing::error!("{line}"));
    }
}
