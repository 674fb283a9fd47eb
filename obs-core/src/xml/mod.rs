//! The XML of OBS: read by local names with unknown elements ignored, written element by element.

mod read;
mod write;

pub(crate) use read::{NodeExt, parse};
pub(crate) use roxmltree::Node;
pub(crate) use write::XmlWriter;
