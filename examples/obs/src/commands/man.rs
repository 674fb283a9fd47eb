//! `obs man`

use std::io;

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use crate::cli::{App, Cli};
use crate::failure::Failure;

/// Print the manual page, of `obs` or of one command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  obs man > ~/.local/share/man/man1/obs.1
  obs man cp | man -l -")]
pub(crate) struct Man {
    /// The command
    command: Option<String>,
}

impl Man {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut cli = Cli::command();
        cli.build();
        let page = match &self.command {
            None => cli,
            Some(name) => match cli.find_subcommand(name) {
                Some(command) => command.clone().display_name(format!("obs-{name}")),
                None => {
                    return Err(Failure::usage(format!(
                        "there is no command {name:?}: `obs --help` lists them"
                    )));
                }
            },
        };
        app.output.write(|out: &mut dyn io::Write| {
            let mut text = Vec::new();
            Page::new(page).render(&mut text)?;
            out.write_all(&text)
        })
    }
}
