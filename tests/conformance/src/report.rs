//! What a run came to, for people and for machines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::load::{Suite, Vector};
use crate::run::{Verdict, run};

/// The results of many vectors.
#[derive(Debug, Default)]
pub struct Report {
    /// Failures in order: the id, and what differs.
    failures: Vec<(String, Vec<String>)>,
    counts: BTreeMap<(Suite, String), Counts>,
    missing: BTreeSet<String>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    missing: usize,
}

impl Report {
    /// Runs all vectors.
    pub fn of(vectors: &[Vector]) -> Self {
        let mut report = Self::default();
        for vector in vectors {
            report.add(vector, run(vector));
        }
        report
    }

    fn add(&mut self, vector: &Vector, verdict: Verdict) {
        let beyond = if vector.beyond_guide() { ", beyond the guide" } else { "" };
        let profile = format!("{}{beyond}", vector.profile());
        let counts = self.counts.entry((vector.suite, profile)).or_default();
        match verdict {
            Verdict::Passed => counts.passed += 1,
            Verdict::Skipped(_) => counts.skipped += 1,
            Verdict::Missing => {
                counts.missing += 1;
                self.missing.insert(vector.op.clone());
            }
            Verdict::Failed(differences) => {
                counts.failed += 1;
                self.failures.push((vector.id.clone(), differences));
            }
        }
    }

    fn total(&self) -> Counts {
        self.counts.values().fold(Counts::default(), |a, b| Counts {
            passed: a.passed + b.passed,
            failed: a.failed + b.failed,
            skipped: a.skipped + b.skipped,
            missing: a.missing + b.missing,
        })
    }

    pub fn passed(&self) -> usize {
        self.total().passed
    }

    pub fn failed(&self) -> usize {
        self.total().failed
    }

    pub fn skipped(&self) -> usize {
        self.total().skipped
    }

    /// Operations that the SDK does not have.
    pub fn missing(&self) -> &BTreeSet<String> {
        &self.missing
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, differences) in &self.failures {
            writeln!(f, "FAILED {id}")?;
            for difference in differences {
                writeln!(f, "    {difference}")?;
            }
        }
        writeln!(
            f,
            "{:<12}{:<24}{:>8}{:>8}{:>8}{:>8}",
            "suite", "profile", "passed", "failed", "skipped", "missing"
        )?;
        for ((suite, profile), c) in &self.counts {
            let name = suite.name();
            writeln!(
                f,
                "{name:<12}{profile:<24}{:>8}{:>8}{:>8}{:>8}",
                c.passed, c.failed, c.skipped, c.missing
            )?;
        }
        if !self.missing.is_empty() {
            let names: Vec<&str> = self.missing.iter().map(String::as_str).collect();
            writeln!(f, "missing operations: {}", names.join(", "))?;
        }
        let total = self.total();
        write!(f, "{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped)
    }
}
