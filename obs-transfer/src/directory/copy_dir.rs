//! Objects become objects, without their bytes passing through here.

use obs_core::BucketClient;

use super::plan::DirectoryPlan;
use super::remote::{folder_prefix, list_of};
use super::report::Report;
use super::settings::{From, Settings, copy_setters, performing, transfer_setters};
use crate::copy::run::check_reach;
use crate::error::Error;
use crate::handle::Control;
use crate::job::Job;
use crate::options::Options;
use crate::plan::{DEFAULT_COPY_PART_SIZE, MAX_COPY_SIZE};

/// Copies all objects below a prefix within the service: made by [`copy_dir`](crate::TransferExt::copy_dir), performed by
/// [`send`](Self::send) or [`start`](Self::start), or looked at first with [`plan`](Self::plan).
///
/// An object `<source prefix>/sub/a.txt` becomes `<prefix>/sub/a.txt`, in the same bucket or another one; objects that are
/// there already are replaced, others are left alone. The sources are listed before the first copy is made, so copies are not
/// copied again. All objects share the workers: each is copied in one call (OBS: PUT Object - Copy), those above
/// [`threshold`](Self::threshold) in ranges, many at a time. Each is the one that was listed, or fails.
///
/// What is kept of each object is what [`ObjectCopy`](crate::ObjectCopy) keeps: standard headers and custom metadata, those that are
/// set here before those of the source; no storage class, ACL or encryption. The properties of an object are
/// only asked for (OBS: HEAD Object) where headers or metadata are set here, or ranges are needed.
///
/// A job that is cancelled leaves the copies that are complete, and ranges of others only with a
/// [checkpoint folder](Self::checkpoint_dir). The plan holds a few hundred bytes for each object.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let job = bucket.copy_dir("archive/2026", "my-bucket", "trips").include("*.jpg").task_num(8);
/// let report = job.storage_class(StorageClass::Cold).send()?.into_result()?;
/// println!("{report}");
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct CopyDir {
    bucket: BucketClient,
    prefix: String,
    source_prefix: String,
    settings: Settings,
    options: Options,
}

impl CopyDir {
    pub(crate) fn new(
        bucket: BucketClient,
        prefix: String,
        source_bucket: &str,
        source_prefix: String,
    ) -> Self {
        let settings = copying_from(&bucket, source_bucket);
        let (prefix, source_prefix) = (folder_prefix(prefix), folder_prefix(source_prefix));
        Self { bucket, prefix, source_prefix, settings, options: Options::default() }
    }

    transfer_setters!();
    copy_setters!();
    obs_core::object_header_setters!(settings);
    obs_core::sse_setter!(settings);

    performing!("obs-copy-dir");

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        check_reach(&self.bucket, &self.settings.from.bucket)?;
        let filter = self.settings.filter()?;
        let job = Job::new(&self.bucket, self.options, control)?;
        let source = job.context.bucket.client().bucket(&self.settings.from.bucket);
        let listed: Vec<_> =
            list_of(&job.context, &source, &self.source_prefix, &filter).collect::<Result<_, _>>()?;
        let mut plan = DirectoryPlan::new(job, self.settings);
        for entry in listed.into_iter().filter(|entry| entry.is_wanted(true)) {
            let key = format!("{}{}", self.prefix, entry.relative());
            plan.add(entry.copy_to(key));
        }
        Ok(plan)
    }
}

/// The settings of a job that copies from this bucket.
pub(crate) fn copying_from(bucket: &BucketClient, source_bucket: &str) -> Settings {
    let mut settings = Settings::new(bucket.name(), DEFAULT_COPY_PART_SIZE);
    settings.from = From { bucket: source_bucket.to_owned(), sse: None, threshold: MAX_COPY_SIZE };
    settings
}
