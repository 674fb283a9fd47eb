//! Every page whose code blocks are doc-tests. `tests/guide.rs` compares this list with the guide's table of contents.

macro_rules! pages {
    ($($name:ident = $path:literal;)*) => {
        $(#[doc = include_str!($path)] mod $name {})*
    };
}

pages! {
    readme = "../README.md";
    introduction = "../docs/src/introduction.md";
    architecture = "../docs/src/architecture.md";
    dependencies = "../docs/src/dependencies.md";
}
