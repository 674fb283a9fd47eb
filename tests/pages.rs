//! Every page whose code blocks are doc-tests. `tests/guide.rs` compares this list with the guide's table of contents.

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {
        $(#[doc = include_str!($path)] mod $name {})*
    };
}

pages! {
    readme = "../README.md";
    readme_of_obs_sign = "../obs-sign/README.md";
    readme_of_obs_core = "../obs-core/README.md";
    readme_of_obs_transfer = "../obs-transfer/README.md";
    introduction = "../docs/src/introduction.md";
    quick_start = "../docs/src/quick-start.md";
    samples = "../docs/src/samples.md";
    initialization = "../docs/src/initialization.md";
    fault_locating = "../docs/src/fault-locating.md";
    buckets = "../docs/src/buckets.md";
    upload = "../docs/src/upload.md";
    multipart_upload = "../docs/src/multipart-upload.md";
    resumable_upload = "../docs/src/resumable-upload.md";
    download = "../docs/src/download.md";
    resumable_download = "../docs/src/resumable-download.md";
    objects = "../docs/src/objects.md";
    authorized_access = "../docs/src/authorized-access.md";
    versioning = "../docs/src/versioning.md";
    lifecycle = "../docs/src/lifecycle.md";
    cors = "../docs/src/cors.md";
    access_logs = "../docs/src/access-logs.md";
    website = "../docs/src/website.md";
    tags = "../docs/src/tags.md";
    notifications = "../docs/src/notifications.md";
    encryption = "../docs/src/encryption.md";
    beyond_the_guide = "../docs/src/beyond-the-guide.md";
    troubleshooting = "../docs/src/troubleshooting.md";
    faq = "../docs/src/faq.md";
    command_line = "../docs/src/command-line.md";
    browser_upload = "../docs/src/browser-upload.md";
    large_files = "../docs/src/large-files.md";
    many_files = "../docs/src/many-files.md";
    several_machines = "../docs/src/several-machines.md";
    temporary_credentials = "../docs/src/temporary-credentials.md";
    proxy_and_ca = "../docs/src/proxy-and-ca.md";
    testing = "../docs/src/testing.md";
    operations = "../docs/src/operations.md";
    migration = "../docs/src/migration.md";
    architecture = "../docs/src/architecture.md";
    performance = "../docs/src/performance.md";
    dependencies = "../docs/src/dependencies.md";
    reliability = "../docs/src/reliability.md";
}
