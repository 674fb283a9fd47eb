//! The commands, and what all of them take.

use std::cell::OnceCell;

use clap::{ArgAction, Parser, Subcommand};
use obs_core::{BucketClient, ObsClient};

use crate::commands::*;
use crate::config::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::place::Remote;

/// Buckets and objects of Huawei Cloud OBS.
#[derive(Debug, Parser)]
#[command(
    name = "obs",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Example:
  export OBS_ENDPOINT=https://obs.cn-north-4.myhuaweicloud.com
  export OBS_ACCESS_KEY_ID=… OBS_SECRET_ACCESS_KEY=…
  obs ls

`obs COMMAND --help` shows an example of each command, and how to reach the service.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some of many failed."
)]
pub(crate) struct Cli {
    /// Print one JSON document a line, errors too
    #[arg(long, global = true)]
    json: bool,
    /// Name each file and object that is done (-vv: each request, -vvv: with its headers)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ls(ls::Ls),
    Mb(mb::Mb),
    Rb(rb::Rb),
    Cp(cp::Cp),
    Sync(sync::Sync),
    Mv(mv::Mv),
    Rm(rm::Rm),
    Cat(cat::Cat),
    Stat(stat::Stat),
    Restore(restore::Restore),
    Presign(presign::Presign),
    PostForm(post_form::PostForm),
    Uploads(uploads::Uploads),
    Bucket(bucket::Bucket),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What a command has to work with: one client, made when it is first needed.
#[derive(Debug)]
pub(crate) struct App {
    connection: Connection,
    client: OnceCell<ObsClient>,
    pub(crate) output: Output,
}

impl App {
    pub(crate) fn client(&self) -> Result<ObsClient, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = self.connection.client()?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    pub(crate) fn bucket(&self, place: &Remote) -> Result<BucketClient, Failure> {
        Ok(self.client()?.bucket(&place.bucket))
    }
}

impl Cli {
    /// Performs the command.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let output = Output::new(self.json, self.verbose > 0);
        crate::logger::start(self.verbose);
        let app = App { connection: self.connection, client: OnceCell::new(), output };
        let ended = match self.command {
            Command::Ls(command) => command.run(&app),
            Command::Mb(command) => command.run(&app),
            Command::Rb(command) => command.run(&app),
            Command::Cp(command) => command.run(&app),
            Command::Sync(command) => command.run(&app),
            Command::Mv(command) => command.run(&app),
            Command::Rm(command) => command.run(&app),
            Command::Cat(command) => command.run(&app),
            Command::Stat(command) => command.run(&app),
            Command::Restore(command) => command.run(&app),
            Command::Presign(command) => command.run(&app),
            Command::PostForm(command) => command.run(&app),
            Command::Uploads(command) => command.run(&app),
            Command::Bucket(command) => command.run(&app),
            Command::Completions(command) => command.run(&app),
            Command::Man(command) => command.run(&app),
        };
        // What was found before a failure is told all the same
        let told = app.output.finish();
        ended.and(told)
    }
}
