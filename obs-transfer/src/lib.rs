//! Resumable, parallel transfers for Huawei Cloud OBS.

#![allow(dead_code, reason = "the jobs that use these rooms come next")]

mod error;
mod plan;

pub use error::{Error, ErrorKind};
