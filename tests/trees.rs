//! Folders of files, for tests of jobs of many.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use obs_emulator::Emulator;

use crate::transfers::{Bench, bytes};

/// Writes files of these names and sizes.
pub fn write(root: &Path, files: &[(&str, u64)]) {
    for (name, size) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
        fs::write(path, bytes(*size)).expect("a file");
    }
}

/// What is in a folder: names with `/`, and bytes. Nothing if there is no folder.
pub fn read(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn visit(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(root, &path, files);
            } else {
                let name = path.strip_prefix(root).expect("below the root").to_str().expect("a name");
                files.insert(name.to_owned(), fs::read(&path).expect("a file"));
            }
        }
    }
    let mut files = BTreeMap::new();
    if root.exists() {
        visit(root, root, &mut files);
    }
    files
}

/// The keys in the bucket.
pub fn keys(bench: &Bench) -> Vec<String> {
    bench.emulator.store().objects(bench.bucket.name()).into_iter().map(|object| object.key).collect()
}

/// What is below a prefix: keys behind it, and bytes.
pub fn stored(bench: &Bench, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let name = bench.bucket.name();
    let below = keys(bench).into_iter().filter_map(|key| {
        let relative = key.strip_prefix(prefix)?.to_owned();
        let bytes = bench.emulator.store().object_bytes(name, &key).expect("readable").expect("there");
        Some((relative, bytes))
    });
    below.collect()
}

/// All calls that change anything.
pub fn writes(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().into_iter();
    requests.filter(|r| !matches!(r.method.as_str(), "GET" | "HEAD")).map(|r| r.operation).collect()
}
