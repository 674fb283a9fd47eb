//! What the integration tests share, and the code blocks of the READMEs and of the guide as doc-tests.

#[cfg(doctest)]
mod pages;
