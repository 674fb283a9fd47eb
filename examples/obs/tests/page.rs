//! The page of the guide: what it shows is what happens.

mod support;

use std::fs;

use obs_emulator::Emulator;

#[test]
fn the_page_tells_the_truth() {
    let emulator = Emulator::start();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/command-line.md"), &page).unwrap();
    // The files that the page talks of, where its commands run
    let files = folder.path().join("page.in");
    fs::create_dir_all(files.join("logs")).unwrap();
    fs::write(files.join("photo.jpg"), support::bytes(1234)).unwrap();
    fs::write(files.join("logs/monday.gz"), support::bytes(40)).unwrap();
    fs::write(files.join("logs/tuesday.gz"), support::bytes(50)).unwrap();
    fs::write(files.join("logs/notes.txt"), "not a log").unwrap();
    let rule = "<Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>";
    fs::write(
        files.join("lifecycle.xml"),
        format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>"),
    )
    .unwrap();
    trycmd::TestCases::new()
        .case(&page)
        .env("OBS_ENDPOINT", emulator.endpoint())
        .env("OBS_ACCESS_KEY_ID", Emulator::ACCESS_KEY)
        .env("OBS_SECRET_ACCESS_KEY", Emulator::SECRET_KEY)
        .env("HOME", folder.path().to_str().unwrap());
    assert!(emulator.operation_count("PutObject") >= 3, "the commands ran");
}
