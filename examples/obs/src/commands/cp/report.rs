//! What became of many.

use obs_transfer::{ActionKind, DirectoryPlan, Report};
use serde_json::json;

use crate::cli::App;
use crate::failure::{Failure, explain};
use crate::output::{complain, printable};

/// Tells what would be done.
pub(crate) fn dry(app: &App, plan: &DirectoryPlan) -> Result<(), Failure> {
    for action in plan.actions() {
        app.output.item(format_args!("would {}", printable(&action.to_string())), || {
            json!({
                "action": verb(action.kind),
                "key": action.key,
                "version_id": action.version_id,
                "source_key": action.source_key,
                "path": action.path,
                "size": action.size,
                "dry_run": true,
            })
        })?;
    }
    plan.failures().iter().for_each(|failure| complain(printable(&failure.to_string())));
    outcome(plan.failures().len() as u64, plan.actions().len() as u64)
}

fn verb(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Upload | ActionKind::UploadFolder => "upload",
        ActionKind::Download | ActionKind::CreateFolder => "download",
        ActionKind::Copy => "copy",
        _ => "delete",
    }
}

/// Tells of what was done and what was not.
pub(crate) fn tell(app: &App, report: &Report) -> Result<(), Failure> {
    app.output.item(report, || {
        json!({
            "succeeded": report.succeeded,
            "deleted": report.deleted,
            "bytes": report.bytes,
            "unchanged": report.unchanged,
            "failed": report.failures.len(),
            "skipped": report.skipped.len(),
        })
    })?;
    check(report)
}

/// Complains of each that failed or was left alone.
pub(crate) fn check(report: &Report) -> Result<(), Failure> {
    for skipped in &report.skipped {
        complain(format_args!(
            "skipped {}: {}",
            name(skipped.key.as_deref(), skipped.path.as_deref()),
            skipped.reason
        ));
    }
    for failure in &report.failures {
        complain(format_args!(
            "{}: {}",
            name(failure.key.as_deref(), failure.path.as_deref()),
            explain(&failure.error)
        ));
    }
    let failed = report.failures.len() as u64;
    outcome(failed, report.succeeded + report.unchanged)
}

/// The end of a job of many.
pub(crate) fn outcome(failed: u64, done: u64) -> Result<(), Failure> {
    match (failed, done) {
        (0, _) => Ok(()),
        (_, 0) => Err(Failure::failed(format!("all {failed} failed"))),
        _ => Err(Failure::Partial(format!("{failed} of {} failed: see above", failed + done))),
    }
}

fn name(key: Option<&str>, path: Option<&std::path::Path>) -> String {
    match (path, key) {
        (Some(path), _) => printable(&path.display().to_string()),
        (None, Some(key)) => printable(key),
        (None, None) => "the job".to_owned(),
    }
}
