//! `obs restore`

use clap::Args;
use obs_core::object::RestoreTier;
use serde_json::json;

use crate::cli::App;
use crate::failure::Failure;
use crate::output::printable;
use crate::place::{Remote, named};

/// Make an archived object readable for some days.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  obs restore obs://my-bucket/2019.tar --days 3 --tier Expedited")]
pub(crate) struct Restore {
    /// The object
    #[arg(value_name = "obs://BUCKET/KEY", value_parser = Remote::object)]
    place: Remote,
    /// For how many days: 1 to 30
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=30))]
    days: u32,
    /// How fast: Expedited (minutes) or Standard (hours)
    #[arg(long, value_parser = named::<RestoreTier>)]
    tier: Option<RestoreTier>,
    /// This version of the object
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
}

impl Restore {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut request = app.bucket(&self.place)?.restore_object(&self.place.key, self.days);
        if let Some(tier) = self.tier {
            request = request.tier(tier);
        }
        if let Some(id) = self.version_id {
            request = request.version_id(id);
        }
        let ready = request.send()?.is_extended();
        let place = printable(&self.place.to_string());
        let text = if ready {
            format!("{place} can be read, for {} more days", self.days)
        } else {
            format!("{place} is being restored: `obs stat` shows when it can be read")
        };
        app.output.item(text, || json!({ "bucket": self.place.bucket, "key": self.place.key, "ready": ready, "days": self.days }))
    }
}
