//! `obs`: the command line of Huawei Cloud OBS, built on the public interface of `obs-transfer`.
//!
//! `cargo install --path examples/obs` puts it on the path; `obs --help` shows the rest.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod advice;
mod bar;
mod cli;
mod commands;
mod config;
mod failure;
mod interrupt;
mod logger;
mod output;
mod place;
mod sse;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Wrong usage ends here, with 2
    let cli = cli::Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = failure.exit_code();
            if let Some(told) = failure.told() {
                output::fails(&told.clone().fact("exit_code", code));
            }
            ExitCode::from(code)
        }
    }
}
