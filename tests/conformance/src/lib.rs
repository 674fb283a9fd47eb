//! Runs recorded vectors against the SDK: what it sends, what it makes of answers, what it signs.

mod args;
mod client;
mod compare;
mod load;
mod ops;
mod report;
mod run;

pub use load::{Suite, Vector, load};
pub use report::Report;
pub use run::{Verdict, run};
