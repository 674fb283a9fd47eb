//! Standard input and output.

use obs_transfer::CancelToken;

use super::Source;
use super::options::Moving;
use crate::cli::App;
use crate::failure::Failure;
use crate::place::Remote;

pub(super) fn up(
    _app: &App,
    _to: &Remote,
    _moving: &Moving,
    _cancel: &CancelToken,
) -> Result<Vec<Source>, Failure> {
    Err(Failure::usage("standard input cannot be sent yet"))
}

pub(super) fn down(
    app: &App,
    from: &Remote,
    moving: &Moving,
    _cancel: &CancelToken,
) -> Result<Vec<Source>, Failure> {
    let mut request = app.bucket(from)?.get_object(&from.key);
    if let Some(key) = &moving.sse_c_key_file {
        request = request.sse(key.clone());
    }
    let mut object = request.send()?;
    app.output.write(|out| object.copy_to(out).map(drop))?;
    Ok(vec![Source::Object(from.clone())])
}
