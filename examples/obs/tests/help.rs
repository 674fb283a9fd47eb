//! What every command says of itself.

mod support;

use std::process::Command;

/// The names in the list of commands.
fn commands() -> Vec<String> {
    let help = text(&["--help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

fn text(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_obs")).args(args).env_clear().output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_shows_an_example() {
    let commands = commands();
    assert_eq!(commands.len(), 16, "{commands:?}");
    for command in &commands {
        let help = text(&[command, "--help"]);
        let examples = help.split("Example").nth(1).unwrap_or_else(|| panic!("{command} has no example"));
        assert!(examples.contains(&format!("obs {command}")), "{command}: {examples}");
        assert!(text(&["man", command]).contains(".SH"), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command.as_str())), "{shell}");
    }
    assert!(text(&["man"]).contains("obs\\-cp"));
}

/// `TRYCMD=overwrite cargo test -p obs-cli --test help` writes them anew.
#[test]
fn the_help_is_as_it_was() {
    trycmd::TestCases::new().case("tests/help/*.trycmd").env("COLUMNS", "100");
}
