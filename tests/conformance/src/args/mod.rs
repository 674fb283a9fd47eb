//! Arguments of the vectors as values of the SDK.

mod content;
mod date;
mod members;
mod sse;

pub use content::{Scratch, payload};
pub use date::{http_date, lifecycle_date};
pub use members::{Members, Result, Unusable};
pub use sse::{sse, sse_c};
