//! Whether a deployment asks image registries, and whether it waits for what they do not have yet.

use super::console::complain;
use super::{Global, duration};
use crate::deploy::images::Inquiry;
use std::time::Duration;

#[derive(Clone, Debug, Default, clap::Args)]
pub struct ImageCheck {
    /// Wait so long (`90s`, `10m`) for images that are not pushed yet, before anything is touched; without it, one that is missing ends
    /// the deployment at once
    #[arg(long, value_name = "DUR", value_parser = duration::parse, conflicts_with = "no_image_check")]
    pub wait_for_image: Option<Duration>,
    /// Ask no image registry whether a tag has moved, and whether what has to be pulled is there
    #[arg(long)]
    pub no_image_check: bool,
}

impl ImageCheck {
    pub fn inquiry(&self, global: &Global) -> Inquiry {
        let heard: fn(&str) = match global.quiet {
            0 => |line| _ = complain(&format!("note: {line}\n")),
            _ => |_| {},
        };
        match (self.wait_for_image, self.no_image_check) {
            (Some(limit), _) => Inquiry::Wait { limit, heard },
            (None, true) => Inquiry::Never,
            (None, false) => Inquiry::Ask,
        }
    }
}
