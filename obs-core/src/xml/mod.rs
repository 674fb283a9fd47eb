//! The XML of OBS: read by local names with unknown elements ignored, written element by element.

mod page;
mod read;
mod write;

pub(crate) use page::{Element, Page, of_tree, scan};
pub(crate) use read::{NodeExt, parse};
pub(crate) use roxmltree::Node;
pub(crate) use write::XmlWriter;
