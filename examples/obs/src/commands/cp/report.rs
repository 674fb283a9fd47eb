//! What became of many.

use std::path::Path;

use obs_transfer::{ActionKind, DirectoryPlan, Report, Skipped};
use serde_json::json;

use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::{beside, fails, printable};

/// Tells what would be done.
pub(crate) fn dry(app: &App, plan: &DirectoryPlan) -> Result<(), Failure> {
    for action in plan.actions() {
        app.output.item(format_args!("would {}", printable(&action.to_string())), || {
            json!({
                "action": verb(action.kind),
                "key": action.key,
                "version_id": action.version_id,
                "source_key": action.source_key,
                "path": shown(action.path.as_deref()),
                "size": action.size,
                "dry_run": true,
            })
        })?;
    }
    plan.skipped().iter().for_each(skips);
    plan.failures().iter().for_each(failed);
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
    report.skipped.iter().for_each(skips);
    report.failures.iter().for_each(failed);
    outcome(report.failures.len() as u64, report.succeeded + report.unchanged)
}

fn skips(skipped: &Skipped) {
    let name = name(skipped.key.as_deref(), skipped.path.as_deref());
    beside(
        format_args!("skipped {name}: {}", skipped.reason),
        || json!({ "skipped": skipped.reason.to_string(), "key": skipped.key, "path": shown(skipped.path.as_deref()) }),
    );
}

fn failed(one: &obs_transfer::Failure) {
    let told = Told::transfer(&one.error).about(name(one.key.as_deref(), one.path.as_deref()));
    fails(
        &told
            .fact("key", one.key.clone())
            .fact("version_id", one.version_id.clone())
            .fact("path", shown(one.path.as_deref())),
    );
}

/// The end of a job of many.
pub(crate) fn outcome(failed: u64, done: u64) -> Result<(), Failure> {
    match (failed, done) {
        (0, _) => Ok(()),
        (_, 0) => Err(Failure::failed(format!("all {failed} failed"))),
        _ => Err(Failure::Partial(format!("{failed} of {} failed: see above", failed + done).into())),
    }
}

fn name(key: Option<&str>, path: Option<&Path>) -> String {
    match (path, key) {
        (Some(path), _) => printable(&path.display().to_string()),
        (None, Some(key)) => printable(key),
        (None, None) => "the job".to_owned(),
    }
}

/// A path in JSON, whatever bytes are in it.
fn shown(path: Option<&Path>) -> Option<String> {
    path.map(|path| path.display().to_string())
}
