//! A server, a folder to work in, and the program.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use obs_emulator::Emulator;
use tempfile::TempDir;

/// An emulator, and a folder that is home and working folder.
pub(crate) struct Place {
    pub(crate) emulator: Emulator,
    pub(crate) folder: TempDir,
}

impl Place {
    /// With one bucket, `obs://my-bucket`.
    pub(crate) fn new() -> Self {
        let place = Self { emulator: Emulator::start(), folder: tempfile::tempdir().unwrap() };
        place.done(&["mb", "obs://my-bucket"]);
        place
    }

    /// The program, without anything of the environment that runs the tests.
    pub(crate) fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_obs"));
        command.args(args).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command
    }

    /// The program, as somebody who has set it up.
    pub(crate) fn obs(&self, args: &[&str]) -> Command {
        let mut command = self.bare(args);
        command
            .env("OBS_ENDPOINT", self.emulator.endpoint())
            .env("OBS_ACCESS_KEY_ID", Emulator::ACCESS_KEY)
            .env("OBS_SECRET_ACCESS_KEY", Emulator::SECRET_KEY);
        command
    }

    /// What it says when all goes well.
    pub(crate) fn done(&self, args: &[&str]) -> String {
        succeeded(&self.obs(args).output().unwrap())
    }

    /// The one line it says when it does not, which ends it with this code.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        failed(code, &self.obs(args).output().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }
}

pub(crate) fn succeeded(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {out}{err}", output.status);
    assert_eq!(err, "", "nothing to complain of");
    out.into_owned()
}

pub(crate) fn failed(code: i32, output: &Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert_eq!(err.trim_end().lines().count(), 1, "one line: {err}");
    assert!(err.starts_with("obs: "), "{err}");
    err
}

/// Every file below a folder with what it holds, and every empty folder.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if fs::read_dir(&path).unwrap().next().is_none() {
                    found.insert(name, None);
                }
                folders.push(path);
            } else {
                found.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Bytes that do not repeat themselves soon.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8)).flat_map(|_| next()).take(len).collect()
}
