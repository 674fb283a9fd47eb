//! What the integration tests share, and the code blocks of the READMEs and of the guide as doc-tests.

pub mod every_operation;
pub mod inputs;
pub mod markdown;
#[cfg(doctest)]
mod pages;
pub mod source;
pub mod transfers;
pub mod trees;
