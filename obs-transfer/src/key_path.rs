//! Keys of objects as paths of files, and back: the one place where the name of an object decides where something is
//! written. Pure, with the rules of each platform as data, so that all of them are tested on any.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::error::Error;

/// The longest key that OBS takes, in bytes of UTF-8.
const MAX_KEY: usize = 1024;

/// What a platform makes of the names of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    name: &'static str,
    /// Characters that no name may contain; `/` and NUL never may.
    forbidden: &'static [char],
    control_characters: bool,
    /// Names that mean a device, whatever their case and extension.
    reserved: &'static [&'static str],
    /// Whether a dot or blank at the end of a name vanishes.
    strips_ends: bool,
    /// Whether `A` and `a` are one file.
    folds_case: bool,
    /// The longest name and path, in units of `utf16` or bytes.
    max_name: usize,
    max_path: usize,
    utf16: bool,
}

const WINDOWS_DEVICES: &[&str] = &[
    "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6",
    "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³", "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6",
    "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
];

impl Rules {
    /// Linux and its like: nothing but `/` and NUL is special.
    pub(crate) const fn unix() -> Self {
        Self {
            name: "Unix",
            forbidden: &[],
            control_characters: true,
            reserved: &[],
            strips_ends: false,
            folds_case: false,
            max_name: 255,
            max_path: 4095,
            utf16: false,
        }
    }

    /// macOS as it comes: the case of names is kept but means nothing. (Nor does it tell composed from decomposed
    /// accents; two keys that differ in that alone are not told apart here.)
    pub(crate) const fn macos() -> Self {
        Self { name: "macOS", folds_case: true, max_path: 1023, ..Self::unix() }
    }

    /// Windows: separators, drives, streams, wildcards, devices, vanishing ends, and case.
    pub(crate) const fn windows() -> Self {
        Self {
            name: "Windows",
            forbidden: &['\\', ':', '*', '?', '"', '<', '>', '|'],
            control_characters: false,
            reserved: WINDOWS_DEVICES,
            strips_ends: true,
            folds_case: true,
            max_name: 255,
            max_path: 32_000,
            utf16: true,
        }
    }

    /// Those of the platform that this was built for.
    pub(crate) const fn current() -> Self {
        if cfg!(windows) {
            Self::windows()
        } else if cfg!(target_vendor = "apple") {
            Self::macos()
        } else {
            Self::unix()
        }
    }

    fn len(&self, text: &str) -> usize {
        if self.utf16 { text.encode_utf16().count() } else { text.len() }
    }

    /// The same for all spellings that are one name. Upper case first, so that `ß`, `ſ` and `ς` meet what they equal;
    /// a clash too many is refused with a message, one too few overwrites a file.
    pub(crate) fn fold(&self, text: &str) -> String {
        if !self.folds_case {
            return text.to_owned();
        }
        text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        match name {
            "" => return Err("it has an empty name between two slashes, or begins with one".to_owned()),
            "." | ".." => return Err(format!("{name:?} would lead to another folder")),
            _ => {}
        }
        let refused = |c: &char| {
            *c == '\0' || self.forbidden.contains(c) || (!self.control_characters && (*c as u32) < 0x20)
        };
        if let Some(c) = name.chars().find(refused) {
            return Err(format!("{} takes no {c:?} in a name", self.name));
        }
        if self.strips_ends && name.ends_with(['.', ' ']) {
            return Err(format!("{} drops the end of {name:?}", self.name));
        }
        let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ');
        if self.reserved.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
            return Err(format!("{stem:?} is a device on {}", self.name));
        }
        if self.len(name) > self.max_name {
            return Err(format!(
                "a name in it is longer than the {} that {} takes",
                self.max_name, self.name
            ));
        }
        Ok(())
    }
}

/// What a key stands for below the folder of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    File(PathBuf),
    /// A key that ends in `/`, as consoles create for folders.
    Folder(PathBuf),
}

/// Where the object goes, relative to the folder of the job. `key` is the part of the object's key behind the prefix of
/// the job. A key that would leave the folder, or that the platform would understand otherwise, is an error.
pub(crate) fn entry(rules: &Rules, key: &str) -> Result<Entry, Error> {
    let refuse = |why: String| Error::invalid_input(format!("the key {key:?} cannot be a local file: {why}"));
    let (names, folder) = match key.strip_suffix('/') {
        Some(names) => (names, true),
        None => (key, false),
    };
    if rules.len(key) > rules.max_path {
        return Err(refuse(format!("it is longer than the {} that {} takes", rules.max_path, rules.name)));
    }
    for name in names.split('/') {
        rules.check_name(name).map_err(refuse)?;
    }
    let path = names.split('/').collect();
    Ok(if folder { Entry::Folder(path) } else { Entry::File(path) })
}

/// The key of a file: `prefix` and the names of `relative`, joined by `/` whatever the platform.
pub(crate) fn key(prefix: &str, relative: &Path) -> Result<String, Error> {
    let refuse = |why: &str| {
        Error::invalid_input(format!("{} cannot be the key of an object: {why}", relative.display()))
    };
    let mut key = prefix.to_owned();
    for (index, component) in relative.components().enumerate() {
        let Component::Normal(name) = component else {
            return Err(refuse("it is not a path below the folder"));
        };
        if index > 0 {
            key.push('/');
        }
        key.push_str(name.to_str().ok_or_else(|| refuse("keys are UTF-8, and its name is not: rename it"))?);
    }
    if key.is_empty() {
        return Err(refuse("it has no name"));
    }
    if key.len() > MAX_KEY {
        return Err(refuse(&format!("{} bytes are more than the {MAX_KEY} of a key", key.len())));
    }
    Ok(key)
}

/// The files of one job, among which no two may be the same and none also a folder.
#[derive(Debug)]
pub(crate) struct Tree {
    rules: Rules,
    /// By folded path, without the slash at the end.
    taken: HashMap<String, Taken>,
}

#[derive(Debug)]
struct Taken {
    /// As it was spelled first.
    path: String,
    folder: bool,
}

impl Tree {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, taken: HashMap::new() }
    }

    /// As [`entry`], but an error also where the path clashes with one that was added before. A refused key takes no
    /// place.
    pub(crate) fn add(&mut self, key: &str) -> Result<Entry, Error> {
        let entry = entry(&self.rules, key)?;
        let path = key.strip_suffix('/').unwrap_or(key);
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let mut new = Vec::new();
        for end in ends {
            let part = path.get(..end).unwrap_or(path);
            let folder = end < path.len() || matches!(entry, Entry::Folder(_));
            let folded = self.rules.fold(part);
            match self.taken.get(&folded) {
                Some(taken) if folder && taken.folder && taken.path == part => {}
                Some(taken) => return Err(clash(key, part, folder, taken)),
                None => new.push((folded, Taken { path: part.to_owned(), folder })),
            }
        }
        self.taken.extend(new);
        Ok(entry)
    }
}

fn clash(key: &str, part: &str, folder: bool, taken: &Taken) -> Error {
    let kind = |folder| if folder { "folder" } else { "file" };
    let why = if taken.path == part && taken.folder == folder {
        "another key means the same file".to_owned()
    } else if taken.path == part {
        format!("{part:?} is a {} of another key and a {} here", kind(taken.folder), kind(folder))
    } else {
        format!(
            "{part:?} and {:?} of another key differ only in case, and are one {} here",
            taken.path,
            kind(folder)
        )
    };
    Error::invalid_input(format!("the key {key:?} cannot be a local file beside the others: {why}"))
}

#[cfg(test)]
mod tests;
