//! What begins with a prefix is deleted.

use obs_core::BucketClient;
use obs_core::object::{ListVersions, ObjectId, VersionEntry};

use super::delete;
use super::plan::DirectoryPlan;
use super::remote::list;
use super::report::{Action, ActionKind, Report};
use super::settings::{Settings, filter_setters};
use super::whole_keys::WholeKeys;
use crate::error::Error;
use crate::filter::Filter;
use crate::handle::{Control, Transfer};
use crate::job::{Context, Job};
use crate::options::{Options, call_setters};

/// Deletes all objects whose keys begin with a prefix: made by [`delete_prefix`](crate::TransferExt::delete_prefix),
/// performed by [`send`](Self::send) or [`start`](Self::start), or looked at first with [`plan`](Self::plan).
///
/// It deletes what it has listed and nothing else, 1,000 objects a call (OBS: List Objects, Delete Objects), the next page
/// being listed while workers delete. The prefix is taken as it is: `logs/2024` is about `logs/2024-01.txt` and
/// `logs/2024/a` alike; end it with `/` for a folder. An empty prefix is refused unless the job says
/// [`whole_bucket`](Self::whole_bucket).
///
/// Keys that end in `/` come last, the deepest first: this is what parallel file systems need, whose directories can be
/// deleted only when nothing is in them. In a bucket that keeps versions it makes delete markers, unless it is told to
/// delete [versions](Self::versions).
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.delete_prefix("trips/").exclude("*.keep").task_num(4).send()?.into_result()?;
/// println!("{} objects deleted", report.deleted);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct DeletePrefix {
    bucket: BucketClient,
    prefix: String,
    whole_bucket: bool,
    versions: bool,
    settings: Settings,
    options: Options,
}

impl DeletePrefix {
    pub(crate) fn new(bucket: BucketClient, prefix: String) -> Self {
        let settings = Settings::new(bucket.name(), 0);
        Self { bucket, prefix, whole_bucket: false, versions: false, settings, options: Options::default() }
    }

    call_setters!(options);
    filter_setters!();

    /// Means it: an empty prefix is every object of the bucket.
    pub fn whole_bucket(mut self) -> Self {
        self.whole_bucket = true;
        self
    }

    /// Whether all versions and delete markers are deleted for good (OBS: List Objects, versions), not just the newest
    /// version hidden. Default: no.
    pub fn versions(mut self, on: bool) -> Self {
        self.versions = on;
        self
    }

    /// Lists what would be deleted, and deletes nothing: a dry run. [`DirectoryPlan::send`] then deletes just that. A plan
    /// holds every key; [`send`](Self::send) alone holds a page.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn plan(mut self) -> Result<DirectoryPlan, Error> {
        let control = Control::new(&self.options.cancel);
        let (filter, job) = self.begin(control)?;
        let listed: Vec<_> = self.list(&job.context, &filter).collect::<Result<_, _>>()?;
        let mut plan = DirectoryPlan::new(job, self.settings);
        for (id, size) in listed {
            let (key, version_id) = (Some(id.key), id.version_id);
            plan.add(Action { key, version_id, size, ..Action::new(ActionKind::DeleteObject) });
        }
        Ok(plan)
    }

    /// Performs the job, and waits for its end. That some objects are not deleted is no error: the
    /// [report](Report::failures) names each.
    ///
    /// # Errors
    ///
    /// An empty prefix, or a pattern that cannot be read; a listing that fails, or a call that failed in a way that every
    /// other would; a [cancelled](crate::ErrorKind::Cancelled) token. What was deleted until then is deleted.
    pub fn send(self) -> Result<Report, Error> {
        let control = Control::new(&self.options.cancel);
        self.run(control)
    }

    /// Performs it on threads of its own.
    pub fn start(self) -> Transfer<Report> {
        let control = Control::new(&self.options.cancel);
        Transfer::start(control, "obs-delete-prefix", move |control| self.run(control))
    }

    fn run(mut self, control: Control) -> Result<Report, Error> {
        let (filter, mut job) = self.begin(control)?;
        let mut report = Report::default();
        let listed = self.list(&job.context, &filter).map(|entry| entry.map(|(id, _)| id));
        delete::objects(&mut job, listed, &mut report)?;
        Ok(report)
    }

    fn begin(&mut self, control: Control) -> Result<(Filter, Job), Error> {
        if self.prefix.is_empty() && !self.whole_bucket {
            let name = self.bucket.name();
            return Err(Error::invalid_input(format!(
                "an empty prefix is every object of the bucket {name}: name a prefix, or call whole_bucket() if that is meant"
            )));
        }
        let filter = self.settings.filter()?;
        Ok((filter, Job::new(&self.bucket, std::mem::take(&mut self.options), control)?))
    }

    /// What is to be deleted, and how many bytes it has.
    fn list<'a>(
        &'a self,
        context: &Context,
        filter: &'a Filter,
    ) -> Box<dyn Iterator<Item = Result<(ObjectId, u64), Error>> + Send + 'a> {
        if !self.versions {
            let listed = list(context, self.prefix.as_str(), filter);
            return Box::new(listed.map(|entry| entry.map(|entry| (ObjectId::new(entry.key), entry.size))));
        }
        let request = context.request(ListVersions::default());
        let wanted = format!("{}{}", self.prefix, filter.literal_prefix());
        let request = if wanted.is_empty() { request } else { request.prefix(wanted) };
        let (cancel, prefix) = (context.cancel.clone(), self.prefix.as_str());
        Box::new(WholeKeys::new(request.iter().filter_map(move |entry| {
            let entry = match cancel.check().and_then(|()| Ok(entry?)) {
                Ok(entry) => entry,
                Err(error) => return Some(Err(error)),
            };
            let relative = entry.key().strip_prefix(prefix)?;
            let size = match &entry {
                VersionEntry::Object(version) => version.size,
                VersionEntry::DeleteMarker(_) => 0,
            };
            filter.matches(relative).then(|| Ok((ObjectId::from(&entry), size)))
        })))
    }
}
