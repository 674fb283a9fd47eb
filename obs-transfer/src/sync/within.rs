//! The objects below a prefix become those below another one.

use std::collections::BTreeMap;

use obs_core::{BucketClient, Sse, SseOption};

use super::compare::{Compare, Pair, different, md5_of};
use super::sync_setters;
use crate::checkpoint::JobKind;
use crate::copy::run::check_reach;
use crate::directory::copy_dir::copying_from;
use crate::directory::plan::DirectoryPlan;
use crate::directory::remote::{RemoteEntry, folder_prefix, folders_of, list, list_of, properties};
use crate::directory::report::{Action, ActionKind, Report};
use crate::directory::settings::{Settings, copy_setters, performing, transfer_setters};
use crate::error::Error;
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::options::Options;

/// Makes the objects below a prefix equal to those below another one, in the same bucket or another of the same service: made by
/// [`sync_within`](crate::TransferExt::sync_within), performed by [`send`](Self::send) or [`start`](Self::start), or looked at
/// first with [`plan`](Self::plan).
///
/// An object is copied if it has no counterpart, or one of another size, or one that is older and has another ETag: all of this
/// the listings tell, so a second run makes no call for an object. With [`checksum`](Self::checksum) objects of the same size are compared
/// by their CRC-64, or by their ETags where these are MD5 (OBS: HEAD Object, for both). For what is copied all that
/// [`CopyDir`](crate::CopyDir) says holds.
///
/// What is only below the prefix that is written to stays, unless [`delete`](Self::delete) says otherwise. Prefixes of one bucket of
/// which one lies below the other are refused.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// # for key in ["trips/a.jpg", "trips/sub/b.jpg"] { bucket.put_content(key, key).send()?; }
/// use obs_transfer::prelude::*;
///
/// let report = bucket.sync_within("www", "my-bucket", "trips").delete(true).task_num(8).send()?.into_result()?;
/// println!("{} copied or deleted, {} unchanged", report.succeeded, report.unchanged);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a job does nothing until it is sent or started"]
pub struct SyncWithin {
    bucket: BucketClient,
    prefix: String,
    source_prefix: String,
    delete: bool,
    compare: Compare,
    settings: Settings,
    options: Options,
}

impl SyncWithin {
    pub(crate) fn new(
        bucket: BucketClient,
        prefix: String,
        source_bucket: &str,
        source_prefix: String,
    ) -> Self {
        let settings = copying_from(&bucket, source_bucket);
        let (prefix, source_prefix) = (folder_prefix(prefix), folder_prefix(source_prefix));
        let (delete, compare, options) = (false, Compare::default(), Options::default());
        Self { bucket, prefix, source_prefix, delete, compare, settings, options }
    }

    sync_setters!();
    transfer_setters!();
    copy_setters!();
    obs_core::object_header_setters!(settings);
    obs_core::sse_setter!(settings);

    performing!("obs-sync-within");

    fn check(&self) -> Result<(), Error> {
        let (from, to) = (&self.source_prefix, &self.prefix);
        if self.settings.from.bucket == self.bucket.name() && (to.starts_with(from) || from.starts_with(to)) {
            return Err(Error::invalid_input(format!(
                "{from:?} and {to:?} of one bucket cannot be made equal: one lies below the other"
            )));
        }
        check_reach(&self.bucket, &self.settings.from.bucket)
    }

    fn plan_under(self, control: Control) -> Result<DirectoryPlan, Error> {
        self.check()?;
        let filter = self.settings.filter()?;
        let mut job = Job::new(&self.bucket, self.options, control)?;
        let source = job.context.bucket.client().bucket(&self.settings.from.bucket);
        let wanted: Vec<RemoteEntry> =
            list_of(&job.context, &source, &self.source_prefix, &filter).collect::<Result<_, _>>()?;
        let mut there = BTreeMap::new();
        for entry in list(&job.context, &self.prefix, &filter) {
            let entry = entry?;
            there.insert(entry.relative().to_owned(), entry);
        }
        // On parallel file systems the folders of what is copied come into being, and are listed, by themselves.
        let folders = folders_of(wanted.iter().map(RemoteEntry::relative));
        let (mut report, mut actions, mut pairs) = (Report::default(), Vec::new(), Vec::new());
        for entry in wanted.into_iter().filter(|entry| entry.is_wanted(true)) {
            let key = format!("{}{}", self.prefix, entry.relative());
            // What an earlier run did not end is ended, even if it only forgot to say so.
            let begun = self.settings.is_begun(&key, JobKind::Copy);
            let twin = there.remove(entry.relative()).filter(|object| object.size == entry.size && !begun);
            let is_newer = twin.as_ref().is_none_or(|object| is_newer(&entry, object));
            let action = entry.copy_to(key);
            match (twin, self.compare) {
                (None, _) => actions.push(action),
                (_, Compare::Content) => pairs.push(Pair { action, other: is_newer }),
                (_, Compare::Time) if is_newer => actions.push(action),
                _ => report.unchanged += 1,
            }
        }
        let sides = Sides { source: &source, settings: &self.settings };
        actions
            .extend(different(&mut job, pairs, &mut report, |context, pair| sides.are_equal(context, pair))?);
        let deletions = there
            .into_values()
            .filter(|object| self.delete && object.is_wanted(true) && !folders.contains(object.relative()))
            .map(|object| object.action(ActionKind::DeleteObject, None))
            .collect();
        let mut plan = DirectoryPlan::new(job, self.settings);
        *plan.report() = report;
        actions.into_iter().for_each(|action| plan.add(action));
        plan.add_deletions(deletions);
        plan.sort();
        Ok(plan)
    }
}

/// Whether it was written after what would be its copy, or so shortly before that the listing cannot tell; unless the ETags say that both
/// are one.
fn is_newer(entry: &RemoteEntry, copy: &RemoteEntry) -> bool {
    let same = entry.etag.is_some() && entry.etag == copy.etag;
    !same && copy.modified.is_none_or(|copied| entry.modified.is_none_or(|written| written >= copied))
}

/// Where objects of the same size are compared by their content.
struct Sides<'a> {
    source: &'a BucketClient,
    settings: &'a Settings,
}

impl Sides<'_> {
    /// Those that tell nothing of their content are compared by time.
    fn are_equal(&self, context: &Context, pair: &Pair<bool>) -> Result<bool, Error> {
        let Action { key, source_key, .. } = &pair.action;
        let Settings { from, sse, .. } = self.settings;
        let source_sse = SseOption(from.sse.clone().map(Sse::C));
        let wanted =
            properties(context, self.source, source_key.as_deref().unwrap_or_default(), &source_sse)?;
        let there = match properties(context, &context.bucket, key.as_deref().unwrap_or_default(), sse) {
            // It went away since it was listed.
            Err(error) if error.is_not_found() => return Ok(false),
            there => there?,
        };
        Ok(match (wanted.crc64.zip(there.crc64), md5_of(&wanted).zip(md5_of(&there))) {
            (Some((wanted, there)), _) => wanted == there,
            (None, Some((wanted, there))) => wanted.eq_ignore_ascii_case(there),
            (None, None) => !pair.other,
        })
    }
}
