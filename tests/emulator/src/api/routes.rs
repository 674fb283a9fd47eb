//! The one table of operations: what a request is called, what it needs, who answers it.

use crate::api::call::{Call, header, query};
use crate::api::{bucket, delete, get, list, multipart, put};
use crate::errors::{ObsError, Outcome};
use crate::exchange::Request;
use crate::store::State;
use crate::store::acl::Permission;

/// What a request addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Service,
    Bucket,
    Object,
}

/// What the caller must be allowed; the string is the action that a bucket policy names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// To be somebody.
    Account,
    /// To own the bucket, or a policy.
    Owner(&'static str),
    /// A grant on the bucket.
    Bucket(Permission, &'static str),
    /// A grant on the object.
    Object(Permission, &'static str),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&Call<'_>, &State) -> Outcome),
    Write(fn(&Call<'_>, &mut State) -> Outcome),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) scope: Scope,
    /// Sub-resource in lower case, or a mark of [`variant`].
    pub(crate) sub: &'static str,
    pub(crate) need: Need,
    pub(crate) handler: Handler,
}

const fn read(
    name: &'static str,
    method: &'static str,
    scope: Scope,
    sub: &'static str,
    need: Need,
    handler: fn(&Call<'_>, &State) -> Outcome,
) -> Route {
    Route { name, method, scope, sub, need, handler: Handler::Read(handler) }
}

const fn write(
    name: &'static str,
    method: &'static str,
    scope: Scope,
    sub: &'static str,
    need: Need,
    handler: fn(&Call<'_>, &mut State) -> Outcome,
) -> Route {
    Route { name, method, scope, sub, need, handler: Handler::Write(handler) }
}

use Need::{Account, Bucket as OnBucket, Nothing, Object as OnObject, Owner};
use Permission::{Read, Write};
use Scope::{Bucket, Object, Service};

pub(crate) static ROUTES: &[Route] = &[
    read("ListBuckets", "GET", Service, "", Account, bucket::list),
    write("CreateBucket", "PUT", Bucket, "", Account, bucket::create),
    read("HeadBucket", "HEAD", Bucket, "", OnBucket(Read, "HeadBucket"), bucket::head),
    write("DeleteBucket", "DELETE", Bucket, "", Owner("DeleteBucket"), bucket::delete),
    read(
        "GetBucketLocation",
        "GET",
        Bucket,
        "location",
        OnBucket(Read, "GetBucketLocation"),
        bucket::location,
    ),
    read(
        "GetBucketStorageInfo",
        "GET",
        Bucket,
        "storageinfo",
        OnBucket(Read, "GetBucketStorage"),
        bucket::storage_info,
    ),
    read("ListObjects", "GET", Bucket, "", OnBucket(Read, "ListBucket"), list::objects),
    read(
        "ListMultipartUploads",
        "GET",
        Bucket,
        "uploads",
        OnBucket(Read, "ListBucketMultipartUploads"),
        list::uploads,
    ),
    write("PutObject", "PUT", Object, "", OnBucket(Write, "PutObject"), put::put),
    read("GetObject", "GET", Object, "", OnObject(Read, "GetObject"), get::get),
    read("HeadObject", "HEAD", Object, "", OnObject(Read, "GetObject"), get::head),
    write("DeleteObject", "DELETE", Object, "", OnBucket(Write, "DeleteObject"), delete::one),
    write(
        "InitiateMultipartUpload",
        "POST",
        Object,
        "uploads",
        OnBucket(Write, "PutObject"),
        multipart::initiate,
    ),
    write("UploadPart", "PUT", Object, "uploadid", OnBucket(Write, "PutObject"), multipart::upload_part),
    write(
        "CompleteMultipartUpload",
        "POST",
        Object,
        "uploadid",
        OnBucket(Write, "PutObject"),
        multipart::complete,
    ),
    write(
        "AbortMultipartUpload",
        "DELETE",
        Object,
        "uploadid",
        OnBucket(Write, "AbortMultipartUpload"),
        multipart::abort,
    ),
    read(
        "ListParts",
        "GET",
        Object,
        "uploadid",
        OnBucket(Read, "ListMultipartUploadParts"),
        multipart::list_parts,
    ),
];

/// Finds the operation of a request.
pub(crate) fn find(request: &Request) -> Result<&'static Route, ObsError> {
    let scope = match (&request.bucket, request.key.as_deref()) {
        (None, _) => Scope::Service,
        (Some(_), None | Some("")) => Scope::Bucket,
        (Some(_), Some(_)) => Scope::Object,
    };
    let sub = sub_resource(request, scope);
    ROUTES
        .iter()
        .find(|route| route.scope == scope && route.sub == sub && route.method == request.method)
        .ok_or_else(|| ObsError::method_not_allowed(&request.method))
}

/// The sub-resource that decides, with a mark behind it for a copy.
fn sub_resource(request: &Request, scope: Scope) -> &'static str {
    let copy_source = format!("{}copy-source", request.dialect.prefix());
    let copy = request.method == "PUT" && header(request, &copy_source).is_some();
    let routes = || ROUTES.iter().filter(|route| route.scope == scope);
    let named = routes()
        .map(|route| route.sub)
        .find(|sub| !sub.is_empty() && query(request, sub).is_some())
        .unwrap_or_default();
    match (named, copy) {
        ("", true) => "@copy",
        ("uploadid", true) => "uploadid@copy",
        (named, _) => named,
    }
}
