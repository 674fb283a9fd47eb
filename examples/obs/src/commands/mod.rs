//! One file a command: its arguments, and what it does.

pub(crate) mod below;
pub(crate) mod bucket;
pub(crate) mod cat;
pub(crate) mod completions;
pub(crate) mod cp;
pub(crate) mod ls;
pub(crate) mod man;
pub(crate) mod mb;
pub(crate) mod mv;
pub(crate) mod post_form;
pub(crate) mod presign;
pub(crate) mod rb;
pub(crate) mod restore;
pub(crate) mod rm;
pub(crate) mod stat;
pub(crate) mod sync;
pub(crate) mod uploads;
