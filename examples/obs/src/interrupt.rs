//! Ctrl-C: a transfer ends where it can be taken up again.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use obs_transfer::CancelToken;

use crate::failure::Failure;

/// From here on Ctrl-C (or SIGTERM) cancels what was given this token; a second one ends the program as it stands. Commands
/// that move no bytes do without: for them the system's way is right.
pub(crate) fn token() -> Result<CancelToken, Failure> {
    let token = CancelToken::new();
    let cancelled = token.clone();
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            process::exit(1);
        }
        cancelled.cancel();
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::failed(format!("cannot catch Ctrl-C: {error}")))?;
    Ok(token)
}
