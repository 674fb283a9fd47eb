//! `obs man`

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{App, Cli};
use crate::failure::Failure;

/// Print the manual page, of `obs` or of one command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mkdir -p ~/.local/share/man/man1
  obs man > ~/.local/share/man/man1/obs.1
  obs man cp | man -l -
  obs man uploads ls | man -l -")]
pub(crate) struct Man {
    /// The command
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

const ENVIRONMENT: &[(&str, &str)] = &[
    ("OBS_ENDPOINT", "The address of the service, unless --endpoint names one."),
    (
        "OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY",
        "The keys. There is no flag for them: others can read command lines.",
    ),
    ("OBS_SECURITY_TOKEN", "Belongs to temporary keys."),
    ("OBS_PROFILE", "The profile of the configuration file, unless --profile names one."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "The proxy, unless --proxy or the profile names one."),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME",
        "Where the files below are, in place of ~/.config and ~/.local/state.",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "~/.config/obs/config.toml",
        "Profiles: [profiles.NAME] with endpoint, access_key_id, secret_access_key and the flags about the connection, with _ for -. It must be readable by its owner alone.",
    ),
    (
        "~/.local/state/obs/checkpoints",
        "Which parts of interrupted copies are done, unless --checkpoint-dir names another folder.",
    ),
];

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Done."),
    ("1", "Failed."),
    ("2", "Wrong usage: nothing was sent."),
    ("3", "Some of many failed, each named on standard error."),
];

impl Man {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let page = page(Cli::command(), &self.command)?;
        app.output.write(|out| out.write_all(&page))
    }
}

/// The page of the command with this name, which may be of two words.
fn page(mut cli: Command, name: &[String]) -> Result<Vec<u8>, Failure> {
    cli.build();
    let mut command = &cli;
    for word in name {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::usage(format!("there is no command {:?}: `obs --help` lists them", name.join(" ")))
        })?;
    }
    let title = [&["obs".to_owned()], name].concat().join("-");
    // What is left out of the short help has no text in the page
    let command = command.clone().display_name(title).mut_args(|arg| arg.hide_short_help(false));
    let examples = examples(&command);
    let has_commands = command.get_subcommands().next().is_some();
    let page = Page::new(command);
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if has_commands {
        page.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::default();
    section(&mut roff, "ENVIRONMENT", ENVIRONMENT);
    section(&mut roff, "FILES", FILES);
    section(&mut roff, "EXIT STATUS", EXIT_STATUS);
    roff.control("SH", ["EXAMPLES"]);
    // Lines as they are: one that is filled breaks in the middle of a word
    roff.control("nf", []);
    for line in &examples {
        roff.text([roman(line.as_str())]);
    }
    roff.control("fi", []);
    roff.to_writer(&mut text)?;
    if name.is_empty() {
        page.render_version_section(&mut text)?;
    }
    Ok(text)
}

fn section(roff: &mut Roff, name: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [name]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*text)]);
    }
}

/// The indented lines of what the help ends with.
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}
