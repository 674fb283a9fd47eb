//! Bucket documents between the two protocols: kept in the names of obs, answered in those of the asker.

use crate::exchange::Dialect;
use crate::store::values::{Group, storage_class, storage_class_in};
use crate::xml::Element;

/// Turns a document of either protocol into the kept form.
pub(super) fn to_kept(mut element: Element) -> Element {
    element.attributes.clear();
    let text = element.text.trim().to_owned();
    match element.name.as_str() {
        "S3Key" => element.name = "Object".to_owned(),
        "URI" => {
            if let Some(group) = Group::parse(&text) {
                element = Element::leaf("Canned", group.name_in(Dialect::Obs));
            }
        }
        "StorageClass" => {
            element.text = storage_class(&text).map_or(text, str::to_owned);
        }
        "Event" => {
            element.text = text.strip_prefix("s3:").unwrap_or(&text).to_owned();
        }
        "SSEAlgorithm" if text == "aws:kms" => element.text = "kms".to_owned(),
        "IsEnabled"
        | "BlockPublicAcls"
        | "IgnorePublicAcls"
        | "BlockPublicPolicy"
        | "RestrictPublicBuckets" => element.text = text.to_ascii_lowercase(),
        _ => {}
    }
    element.children = element.children.into_iter().map(to_kept).collect();
    element
}

/// Turns a kept document into that of a protocol.
pub(super) fn to_dialect(element: &Element, dialect: Dialect) -> Element {
    let mut element = element.clone();
    if dialect == Dialect::Amz {
        to_amz(&mut element);
    }
    element
}

fn to_amz(element: &mut Element) {
    for child in &mut element.children {
        match (element.name.as_str(), child.name.as_str()) {
            ("Filter", "Object") => child.name = "S3Key".to_owned(),
            ("Grantee", "Canned") => {
                let group = Group::parse(&child.text).map(|group| group.name_in(Dialect::Amz));
                *child = Element::leaf("URI", group.unwrap_or(&child.text));
            }
            (_, "StorageClass") => child.text = storage_class_in(&child.text, Dialect::Amz).to_owned(),
            (_, "Event") => child.text = format!("s3:{}", child.text),
            (_, "SSEAlgorithm") if child.text == "kms" => child.text = "aws:kms".to_owned(),
            _ => {}
        }
        to_amz(child);
    }
    if element.name == "Grantee" {
        let kind = if element.child("URI").is_some() { "Group" } else { "CanonicalUser" };
        element.attributes = vec![
            ("xmlns:xsi".to_owned(), "http://www.w3.org/2001/XMLSchema-instance".to_owned()),
            ("xsi:type".to_owned(), kind.to_owned()),
        ];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_pass_both_ways() {
        let amz = concat!(
            "<N><Filter><S3Key><FilterRule/></S3Key></Filter><Event>s3:ObjectCreated:*</Event>",
            "<StorageClass>STANDARD_IA</StorageClass><SSEAlgorithm>aws:kms</SSEAlgorithm></N>"
        );
        let kept = to_kept(Element::parse(amz.as_bytes()).unwrap());
        assert_eq!(kept.get("Event"), Some("ObjectCreated:*"));
        assert_eq!(kept.get("StorageClass"), Some("WARM"));
        assert_eq!(kept.get("SSEAlgorithm"), Some("kms"));
        assert!(kept.child("Filter").unwrap().child("Object").is_some());
        assert_eq!(to_dialect(&kept, Dialect::Amz), Element::parse(amz.as_bytes()).unwrap());
        assert_eq!(to_dialect(&kept, Dialect::Obs), kept);
    }

    #[test]
    fn groups_are_named_by_uri_in_v2() {
        let kept = Element::parse(b"<Grantee><Canned>Everyone</Canned></Grantee>").unwrap();
        let amz = to_dialect(&kept, Dialect::Amz);
        assert_eq!(amz.get("URI"), Some("http://acs.amazonaws.com/groups/global/AllUsers"));
        assert_eq!(to_kept(amz), kept);
    }
}
