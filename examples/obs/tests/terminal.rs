//! How far a transfer is, on a terminal: one of `script`, which is skipped aloud where that is missing.

#![cfg(target_os = "linux")]

mod support;

use std::process::Command;

use support::{Place, bytes, succeeded};

/// All that a terminal so wide is sent while the program runs on it; none without `script`.
fn on_a_terminal(place: &Place, columns: u16, args: &str) -> Option<String> {
    let obs = place.obs(&[]);
    let program = obs.get_program().to_str().unwrap();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("stty rows 24 cols {columns}; '{program}' {args}"), "/dev/null"]);
    command.current_dir(place.folder.path()).env_clear().env("TERM", "xterm").env("PATH", "/usr/bin:/bin");
    command.envs(obs.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: no terminal to look at, since `script` (util-linux) is missing: {error}");
            return None;
        }
    };
    Some(succeeded(&output))
}

/// What is drawn, each time anew.
fn drawn(told: &str) -> Vec<&str> {
    told.split("\x1b[2K")
        .map(|text| text.trim_matches(['\r', '\n']))
        .filter(|text| text.contains("/s "))
        .collect()
}

#[test]
fn a_terminal_shows_how_far_it_is_whatever_its_width() {
    let place = Place::new();
    place.write("big.bin", bytes(6 << 20));
    for (columns, wanted) in [(100, "] "), (80, "] "), (40, "% of 6.00 MiB ")] {
        let cp = "cp big.bin obs://my-bucket/ --limit-rate 10MiB --part-size 256KiB";
        let Some(told) = on_a_terminal(&place, columns, cp) else { return };
        let drawn = drawn(&told);
        assert!(drawn.len() > 2 && drawn.last().unwrap().contains("iB/s "), "{told:?}");
        for line in &drawn {
            assert!(
                line.contains("6.00 MiB ") && line.contains("B/s ") && line.trim_end().ends_with('s'),
                "{line:?}"
            );
            assert!(line.contains(wanted), "{line:?}");
            assert!(line.chars().count() <= columns.into(), "it does not fit into {columns}: {line:?}");
        }
        assert!(told.contains("upload big.bin -> obs://my-bucket/big.bin (6291456 bytes)"), "{told:?}");
    }
    let cp = "cp big.bin obs://my-bucket/ --limit-rate 8MiB";
    let told = on_a_terminal(&place, 80, &format!("{cp} --no-progress")).unwrap();
    assert!(!told.contains("/s "), "{told:?}");
    // In a pipe there is nothing but the line: `done` looks
    place.done(&cp.split(' ').collect::<Vec<_>>());
}

#[test]
fn nothing_is_drawn_before_there_is_something_to_tell() {
    let place = Place::new();
    place.write("big.bin", bytes(6 << 20));
    let Some(told) =
        on_a_terminal(&place, 80, "cp big.bin obs://my-bucket/ --limit-rate 8MiB --part-size 256KiB")
    else {
        return;
    };
    assert!(!told.contains("0/0") && !told.contains('░'), "nothing in a style of another: {told:?}");
    let frames: Vec<_> =
        told.split('\r').filter(|frame| frame.contains("big.bin") && !frame.contains("->")).collect();
    assert!(frames.len() > 2, "{told:?}");
    for frame in frames {
        assert!(frame.contains("/6.00 MiB"), "the total is there from the first: {frame:?}");
        let rate = frame
            .split_whitespace()
            .zip(frame.split_whitespace().skip(1))
            .find(|(_, unit)| unit.ends_with("B/s"));
        if let Some((rate, unit)) = rate {
            assert!(unit != "GiB/s" && rate.parse::<f64>().unwrap() < 1024.0, "{frame:?}");
        }
        assert!(!frame.trim_end().ends_with(" 0s") || frame.contains("6.00 MiB/6.00 MiB"), "{frame:?}");
    }
}

#[test]
fn what_goes_to_a_file_through_a_shell_is_watched_too() {
    let place = Place::new();
    place.write("big.bin", bytes(6 << 20));
    place.done(&["cp", "big.bin", "obs://my-bucket/"]);
    let down = "cp obs://my-bucket/big.bin - --limit-rate 8MiB --part-size 256KiB";
    let Some(told) = on_a_terminal(&place, 80, &format!("{down} > out.bin")) else { return };
    assert!(drawn(&told).iter().any(|line| line.contains("/6.00 MiB ")), "{told:?}");
    assert!(place.read("out.bin") == place.read("big.bin"));
    let told = on_a_terminal(&place, 80, &format!("{down} --no-progress > out.bin")).unwrap();
    assert_eq!(told, "");
    // What is on the terminal itself is not painted over
    place.write("small", "text\n");
    place.done(&["cp", "small", "obs://my-bucket/"]);
    assert_eq!(on_a_terminal(&place, 80, "cp obs://my-bucket/small -").unwrap(), "text\r\n");
}
