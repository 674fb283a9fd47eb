//! `obs completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::{App, Cli};
use crate::failure::Failure;

/// Print what makes a shell complete the commands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  obs completions bash > ~/.local/share/bash-completion/completions/obs")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "obs", &mut script);
        app.output.write(|out| out.write_all(&script))
    }
}
