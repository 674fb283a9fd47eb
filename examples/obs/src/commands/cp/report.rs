//! What became of many.

use std::collections::HashSet;
use std::path::Path;

use obs_transfer::{Action, ActionKind, DirectoryPlan, Report, SkipReason, Skipped};
use serde_json::{Value, json};

use super::line::{Buckets, Line};
use super::stopped;

use crate::cli::App;
use crate::failure::{Failure, Told};
use crate::output::{beside, fails, printable};

/// Tells what would be done.
pub(crate) fn dry(app: &App, plan: &DirectoryPlan, buckets: Buckets<'_>) -> Result<(), Failure> {
    plan.actions().iter().try_for_each(|action| Line::of(action, buckets).dry(app))?;
    plan.skipped().iter().for_each(skips);
    plan.failures().iter().for_each(failed);
    Failure::of_many(plan.failures().len() as u64, plan.actions().len() as u64)
}

/// Does what is planned, and names each that was done to who wants to know.
pub(crate) fn perform(
    app: &App,
    plan: DirectoryPlan,
    buckets: Buckets<'_>,
) -> Result<(Vec<Action>, Report), Failure> {
    let actions = plan.actions().to_vec();
    let report = plan.send().map_err(stopped)?;
    let done = done(actions, &report);
    if app.output.names_each() {
        done.iter().try_for_each(|action| Line::of(action, buckets).done(app, || Value::Null))?;
    }
    Ok((done, report))
}

/// What was done of all that was planned: neither failed nor withheld.
fn done(mut actions: Vec<Action>, report: &Report) -> Vec<Action> {
    type Name<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a Path>);
    let failed = report.failures.iter();
    let failed = failed.map(|one| (one.key.as_deref(), one.version_id.as_deref(), one.path.as_deref()));
    let failed: HashSet<Name<'_>> = failed.collect();
    let withheld = report.skipped.iter().filter(|one| one.reason == SkipReason::Withheld);
    let withheld: HashSet<_> = withheld.map(|one| (one.key.as_deref(), one.path.as_deref())).collect();
    actions.retain(|action| {
        let (key, version, path) =
            (action.key.as_deref(), action.version_id.as_deref(), action.path.as_deref());
        let is_withheld = is_deletion(action) && withheld.contains(&(key, path));
        !failed.contains(&(key, version, path)) && !is_withheld
    });
    actions
}

/// Whether it takes something away.
pub(crate) fn is_deletion(action: &Action) -> bool {
    matches!(action.kind, ActionKind::DeleteObject | ActionKind::DeleteFile)
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
    Failure::of_many(report.failures.len() as u64, report.succeeded + report.unchanged)
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
