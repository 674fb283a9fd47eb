//! What transfers left on the server that nobody will finish.

use std::time::{Duration, SystemTime};

use obs_core::BucketClient;
use obs_core::multipart::{AbortMultipartUpload, ListMultipartUploads, UploadEntry};

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind};
use crate::handle::Control;
use crate::job::{Context, Job};
use crate::options::Options;

/// Aborts unfinished uploads that were begun long ago: made by
/// [`abort_uploads_older_than`](crate::TransferExt::abort_uploads_older_than), performed by [`send`](Self::send).
///
/// Parts of an upload that was neither completed nor aborted are kept, and cost money, for ever. They come from processes that were
/// killed. This lists the uploads (OBS: List Multipart Uploads) and aborts the old ones (OBS: Abort Multipart Upload), whoever began
/// them. How old they are is told by the server's clock. One that was begun later is never touched. An age of zero means all of them.
///
/// A transfer that takes longer than that, or a checkpoint that waits longer to be resumed, loses its parts: choose days, not minutes.
/// A [lifecycle rule](obs_core::settings::Lifecycle) does the same by itself.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// use std::time::Duration;
///
/// const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// let report =
///     bucket.abort_uploads_older_than(WEEK).prefix("backups/").send()?.into_result()?;
/// println!("{} aborted, {} are younger", report.aborted.len(), report.younger);
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is aborted before it is sent"]
pub struct AbortUploads {
    bucket: BucketClient,
    age: Duration,
    prefix: Option<String>,
    dry_run: bool,
    options: Options,
}

/// What became of old uploads.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_transfer::prelude::*;
///
/// use std::time::Duration;
///
/// let would = bucket.abort_uploads_older_than(Duration::ZERO).dry_run(true).send()?;
/// for upload in &would.aborted {
///     println!("{} since {:?}", upload.key, upload.initiated);
/// }
/// # Ok::<(), obs_transfer::Error>(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AbortReport {
    /// Those that were aborted, or would be, in a dry run.
    pub aborted: Vec<UploadEntry>,
    /// Those that could not be, each with the reason.
    pub failures: Vec<(UploadEntry, Error)>,
    /// How many were left alone, since they are younger, or since the server does not say when they were begun.
    pub younger: u64,
}

impl AbortReport {
    /// The report if nothing failed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Partial`] if something did, with the first failure as its source.
    pub fn into_result(mut self) -> Result<Self, Error> {
        let failed = self.failures.len() as u64;
        if self.failures.is_empty() {
            return Ok(self);
        }
        let (upload, error) = self.failures.swap_remove(0);
        let total = self.aborted.len() as u64 + failed;
        let text = format!(
            "{failed} of {total} old uploads could not be aborted, the first was of {:?}",
            upload.key
        );
        Err(Error::new(ErrorKind::Partial { failed, total }, text).with_source(error))
    }
}

impl AbortUploads {
    pub(crate) fn new(bucket: BucketClient, age: Duration) -> Self {
        Self { bucket, age, prefix: None, dry_run: false, options: Options::default() }
    }

    /// Only those of keys that begin with this. Default: all of the bucket.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Whether only to tell what would be aborted. Default: no.
    pub fn dry_run(mut self, on: bool) -> Self {
        self.dry_run = on;
        self
    }

    /// How many calls are under way at once, at most 256. Default: 1, which 0 means too.
    pub fn task_num(mut self, workers: usize) -> Self {
        self.options.task_num = workers;
        self
    }

    /// Ends the job when the token is cancelled. What was aborted until then is.
    pub fn cancel_token(mut self, token: &CancelToken) -> Self {
        self.options.cancel = token.clone();
        self
    }

    /// Performs it. That some uploads cannot be aborted is no error: the [report](AbortReport::failures) names each.
    ///
    /// # Errors
    ///
    /// The listing that failed; a [cancelled](ErrorKind::Cancelled) token.
    pub fn send(self) -> Result<AbortReport, Error> {
        let Self { bucket, age, prefix, dry_run, options } = self;
        let control = Control::new(&options.cancel);
        let mut job = Job::new(&bucket, options, control)?;
        let (old, younger) = list(&job.context, age, prefix)?;
        let mut report = AbortReport { younger, ..AbortReport::default() };
        if dry_run {
            report.aborted = old;
            return Ok(report);
        }
        job.run(
            old,
            |context, upload| {
                let abort = AbortMultipartUpload::new(&upload.key, &upload.upload_id);
                let result = context.request(abort).send();
                context.cancel.check()?;
                Ok((upload, result.map(drop)))
            },
            || Ok(()),
            |(upload, result)| {
                match result {
                    Ok(()) => report.aborted.push(upload),
                    // Completed or aborted by others meanwhile.
                    Err(error) if error.is_not_found() => {}
                    Err(error) => report.failures.push((upload, error.into())),
                }
                Ok(())
            },
        )?;
        Ok(report)
    }
}

/// The old uploads, and how many others there are.
fn list(context: &Context, age: Duration, prefix: Option<String>) -> Result<(Vec<UploadEntry>, u64), Error> {
    let mut request = context.request(ListMultipartUploads::default());
    if let Some(prefix) = prefix {
        request = request.prefix(prefix);
    }
    let (mut old, mut younger) = (Vec::new(), 0);
    for page in request.pages() {
        context.cancel.check()?;
        let page = page?;
        // By the clock that dated the uploads. Ours may be wrong, and must not cost anybody their parts.
        let date = page.headers().get("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let now = date.unwrap_or_else(SystemTime::now);
        for upload in page.into_inner().uploads {
            let is_older = |begun| now.duration_since(begun).is_ok_and(|is| is > age);
            // Its clock tells whole seconds: what was begun in this one must not look as if it were to come.
            let is_old = age.is_zero() || upload.initiated.is_some_and(is_older);
            if is_old { old.push(upload) } else { younger += 1 }
        }
    }
    Ok((old, younger))
}
