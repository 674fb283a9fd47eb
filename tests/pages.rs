//! Every page whose code blocks are doc-tests. `tests/guide.rs` compares this list with the guide's table of contents.

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {
        $(#[doc = include_str!($path)] mod $name {})*
    };
}

pages! {
    readme = "../README.md";
    introduction = "../docs/src/introduction.md";
    quick_start = "../docs/src/quick-start.md";
    initialization = "../docs/src/initialization.md";
    fault_locating = "../docs/src/fault-locating.md";
    buckets = "../docs/src/buckets.md";
    architecture = "../docs/src/architecture.md";
    dependencies = "../docs/src/dependencies.md";
}
