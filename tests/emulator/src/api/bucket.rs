//! Buckets themselves: create, list, look at, delete.

use crate::api::access::is_owner;
use crate::api::call::Call;
use crate::api::put::request_acl;
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Dialect, Response};
use crate::store::State;
use crate::store::bucket::{Bucket, is_valid_name};
use crate::store::values::{storage_class, storage_class_in};
use crate::xml::{Element, Writer};

/// Headers of the creation that HEAD repeats.
const FEATURES: [&str; 2] = ["epid", "bucket-redundancy"];

pub(crate) fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let name = call.bucket();
    if !is_valid_name(name) {
        return Err(ObsError::new(400, "InvalidBucketName", "The specified bucket is not valid.")
            .detail("BucketName", name));
    }
    let located = Response::empty(200).with("Location", format!("/{name}"));
    if let Some(bucket) = state.buckets.get(name) {
        // Creating one's own bucket again changes nothing: guide 3.7.
        return if is_owner(bucket, &call.request.caller) {
            Ok(located)
        } else {
            Err(ObsError::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of \
                 the system. Please select a different name and try again.",
            )
            .detail("BucketName", name))
        };
    }
    let location = requested_location(call)?.unwrap_or_else(|| call.options.region.clone());
    let mut bucket = Bucket::new(name, call.account(), location, call.now());
    if let Some(class) = call.header(Bucket::storage_class_header(call.dialect())) {
        bucket.storage_class =
            storage_class(class).ok_or_else(|| ObsError::invalid_argument("storage-class", class))?;
    }
    bucket.posix =
        call.header("x-obs-fs-file-interface").is_some_and(|on| on.eq_ignore_ascii_case("enabled"));
    if let Some(zone) = call.header("x-obs-az-redundancy") {
        bucket.features.push(("az-redundancy", zone.to_owned()));
    }
    for feature in FEATURES {
        bucket.features.extend(call.own(feature).map(|value| (feature, value.to_owned())));
    }
    bucket.acl = request_acl(call, call.account(), call.account())?;
    state.buckets.insert(name.to_owned(), bucket);
    Ok(located)
}

fn requested_location(call: &Call<'_>) -> Result<Option<String>, ObsError> {
    if call.body.is_empty() {
        return Ok(None);
    }
    let document = call.xml_body()?;
    if document.name != "CreateBucketConfiguration" {
        return Err(ObsError::malformed_xml("The root element must be CreateBucketConfiguration."));
    }
    let location = document.get("Location").or_else(|| document.get("LocationConstraint"));
    match location {
        Some("") | None => Ok(None),
        Some(location) => Ok(Some(location.to_owned())),
    }
}

pub(crate) fn list(call: &Call<'_>, state: &State) -> Outcome {
    let limit = call.page_limit("max-keys")?;
    let marker = call.query("marker").unwrap_or_default();
    let paged = call.query("max-keys").is_some() || !marker.is_empty();
    let kind = call.header("x-obs-bucket-type");
    let with_location = call.own("location").is_some_and(|wish| wish.eq_ignore_ascii_case("true"));
    let mut found = state.buckets.values().filter(|bucket| {
        bucket.owner == call.account()
            && bucket.name.as_str() > marker
            && kind.is_none_or(|kind| bucket.type_name() == kind)
    });
    let page: Vec<&Bucket> =
        if paged { found.by_ref().take(limit).collect() } else { found.by_ref().collect() };

    let mut document = Writer::root("ListAllMyBucketsResult", call.dialect());
    write_owner(&mut document, call, call.account());
    document.open("Buckets");
    for bucket in &page {
        document.open("Bucket");
        document.text("Name", &bucket.name);
        document.text("CreationDate", &iso8601(bucket.created));
        if with_location {
            document.text("Location", &bucket.location);
        }
        if call.dialect() == Dialect::Obs {
            document.text("BucketType", bucket.type_name());
        }
        document.close("Bucket");
    }
    document.close("Buckets");
    if paged {
        let truncated = found.next().is_some();
        document.text("Marker", marker);
        if let Some(last) = page.last().filter(|_| truncated) {
            document.text("NextMarker", &last.name);
        }
        document.display("MaxKeys", limit);
        document.display("IsTruncated", truncated);
    }
    document.close("ListAllMyBucketsResult");
    Ok(Response::xml(document))
}

pub(crate) fn write_owner(document: &mut Writer, call: &Call<'_>, id: &str) {
    document.open("Owner");
    document.text("ID", id);
    if call.dialect() == Dialect::Amz {
        document.text("DisplayName", id);
    }
    document.close("Owner");
}

pub(crate) fn head(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let dialect = call.dialect();
    let mut response = Response::empty(200)
        .with(Bucket::storage_class_header(dialect), storage_class_in(bucket.storage_class, dialect))
        .with(Bucket::location_header(dialect), &*bucket.location);
    if dialect == Dialect::Obs {
        response = response.with("x-obs-version", "3.0");
    }
    if bucket.posix {
        response = response.with("x-obs-fs-file-interface", "Enabled");
    }
    for (name, value) in &bucket.features {
        // The availability zone keeps its name in both dialects.
        let name = if *name == "az-redundancy" { format!("x-obs-{name}") } else { call.own_name(name) };
        response = response.with(name, value);
    }
    Ok(response)
}

pub(crate) fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
        return Err(ObsError::new(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
            .detail("BucketName", call.bucket()));
    }
    let name = bucket.name.clone();
    state.buckets.remove(&name);
    Ok(Response::empty(204))
}

pub(crate) fn location(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let document = match call.dialect() {
        Dialect::Obs => Element::leaf("Location", &bucket.location),
        Dialect::Amz => Element::new("CreateBucketConfiguration")
            .with(Element::leaf("LocationConstraint", &bucket.location)),
    };
    Ok(Response::bytes(200, "application/xml", document.to_document(call.dialect())))
}

pub(crate) fn storage_info(call: &Call<'_>, state: &State) -> Outcome {
    let bucket = state.bucket(call.bucket())?;
    let objects = || bucket.objects.values().flatten().filter_map(|version| version.object());
    let mut document = Writer::root("GetBucketStorageInfoResult", call.dialect());
    document.display("Size", objects().map(|object| object.data.len()).sum::<u64>());
    document.display("ObjectNumber", objects().count());
    for (class, name) in
        [("STANDARD", "Standard"), ("WARM", "Warm"), ("COLD", "Cold"), ("DEEP_ARCHIVE", "DeepArchive")]
    {
        let in_class = || objects().filter(|object| object.properties.storage_class == class);
        document.display(&format!("{name}Size"), in_class().map(|object| object.data.len()).sum::<u64>());
        document.display(&format!("{name}ObjectNumber"), in_class().count());
    }
    document.close("GetBucketStorageInfoResult");
    Ok(Response::xml(document))
}
