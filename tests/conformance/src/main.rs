//! `conformance [--allow-missing] FOLDER...`: runs the vectors in folders or files, see `tests/vectors/SCHEMA.md`.

use std::process::ExitCode;

use conformance::{Report, load};

const USAGE: &str = "usage: conformance [--allow-missing] FOLDER...";

fn main() -> ExitCode {
    let mut allow_missing = false;
    let mut folders = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--allow-missing" => allow_missing = true,
            "--help" | "-h" => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            option if option.starts_with('-') => return refuse(&format!("unknown option {option}\n{USAGE}")),
            _ => folders.push(argument),
        }
    }
    if folders.is_empty() {
        return refuse(USAGE);
    }
    let vectors = match load(&folders) {
        Ok(vectors) => vectors,
        Err(error) => return refuse(&error),
    };
    let report = Report::of(&vectors);
    println!("{report}");
    if report.failed() > 0 || !report.missing().is_empty() && !allow_missing {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}
