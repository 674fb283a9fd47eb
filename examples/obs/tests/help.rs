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

/// The names, and those of two words.
fn all_commands() -> Vec<Vec<String>> {
    let one = commands().into_iter().map(|name| vec![name]);
    let two = ["ls", "abort"].map(|name| vec!["uploads".to_owned(), name.to_owned()]);
    one.chain(two).chain([Vec::new()]).collect()
}

#[test]
fn no_option_is_without_a_text_in_the_manual() {
    for command in all_commands() {
        let args: Vec<_> = ["man"].into_iter().chain(command.iter().map(String::as_str)).collect();
        let page = text(&args);
        let entries: Vec<_> = page.split(".TP\n").skip(1).collect();
        assert!(entries.len() > 10, "{command:?}: {page}");
        for entry in entries {
            let (name, body) = entry.split_once('\n').unwrap();
            assert!(
                !body.lines().next().unwrap_or_default().trim().is_empty(),
                "{command:?} {name}: {entry:?}"
            );
        }
        assert!(
            page.contains(".TP\n\\fB\\-\\-endpoint\\fR \\fI<URL>\\fR\nThe address of the service"),
            "{page}"
        );
        for section in ["ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "OPTIONS"] {
            assert_eq!(
                page.matches(&format!("\n.SH {section}\n").replace("EXIT STATUS", "\"EXIT STATUS\"")).count(),
                1,
                "{command:?} {section}"
            );
        }
        // Each example is a line
        let examples = page.split(".SH EXAMPLES\n").nth(1).unwrap();
        assert!(examples.starts_with(".nf\n") && examples.contains("\n.fi\n"), "{command:?}: {examples}");
    }
    let title = text(&["man", "uploads", "ls"]);
    assert!(title.contains(".TH obs-uploads-ls 1"), "{title}");
    let output = Command::new(env!("CARGO_BIN_EXE_obs")).args(["man", "uploads", "none"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no command \"uploads none\""));
}

/// `TRYCMD=overwrite cargo test -p obs-cli --test help` writes them anew.
#[test]
fn the_help_is_as_it_was() {
    trycmd::TestCases::new().case("tests/help/*.trycmd").env("COLUMNS", "100");
}
