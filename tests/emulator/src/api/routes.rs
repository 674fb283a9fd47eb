//! The one table of operations: what a request is called, what it needs, who answers it.

use crate::api::call::{Call, header, query};
use crate::api::settings::{self, SETTINGS, Setting};
use crate::api::{
    acl, alias, append, bucket, copy, cors, delete, domain, fetch, form, get, image, list, metadata,
    multipart, posix, public, put, restore, storage_policy, tagging,
};
use crate::errors::{ObsError, Outcome};
use crate::exchange::Request;
use crate::store::acl::Permission;
use crate::store::{State, Store};

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
    /// Takes the locks itself, so that long work goes on without them.
    Free(fn(&Call<'_>, &Store) -> Outcome),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) scope: Scope,
    /// Sub-resource in lower case, or a mark of [`sub_resource`].
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

const fn free(
    name: &'static str,
    method: &'static str,
    scope: Scope,
    sub: &'static str,
    need: Need,
    handler: fn(&Call<'_>, &Store) -> Outcome,
) -> Route {
    Route { name, method, scope, sub, need, handler: Handler::Free(handler) }
}

use Need::{Account, Bucket as OnBucket, Nothing, Object as OnObject, Owner};
use Permission::{Read, ReadAcp, Write, WriteAcp};
use Scope::{Bucket, Object, Service};

pub(crate) static ROUTES: &[Route] = &[
    read("ListBuckets", "GET", Service, "", Account, bucket::list),
    read("ListBucketAlias", "GET", Service, "obsbucketalias", Account, alias::list),
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
    read("ListVersions", "GET", Bucket, "versions", OnBucket(Read, "ListBucketVersions"), list::versions),
    read(
        "ListMultipartUploads",
        "GET",
        Bucket,
        "uploads",
        OnBucket(Read, "ListBucketMultipartUploads"),
        list::uploads,
    ),
    write("DeleteObjects", "POST", Bucket, "delete", OnBucket(Write, "DeleteObject"), delete::many),
    read("OptionsBucket", "OPTIONS", Bucket, "", Nothing, cors::preflight),
    write("SetBucketAcl", "PUT", Bucket, "acl", OnBucket(WriteAcp, "PutBucketAcl"), acl::put_bucket),
    read("GetBucketAcl", "GET", Bucket, "acl", OnBucket(ReadAcp, "GetBucketAcl"), acl::get_bucket),
    write(
        "SetBucketStoragePolicy",
        "PUT",
        Bucket,
        "storageclass",
        Owner("PutBucketStoragePolicy"),
        storage_policy::put,
    ),
    read(
        "GetBucketStoragePolicy",
        "GET",
        Bucket,
        "storageclass",
        Owner("GetBucketStoragePolicy"),
        storage_policy::get,
    ),
    write(
        "SetBucketStoragePolicy",
        "PUT",
        Bucket,
        "storagepolicy",
        Owner("PutBucketStoragePolicy"),
        storage_policy::put,
    ),
    read(
        "GetBucketStoragePolicy",
        "GET",
        Bucket,
        "storagepolicy",
        Owner("GetBucketStoragePolicy"),
        storage_policy::get,
    ),
    read(
        "GetBucketPolicyPublicStatus",
        "GET",
        Bucket,
        "policystatus",
        Owner("GetBucketPolicyPublicStatus"),
        public::policy_status,
    ),
    read(
        "GetBucketPublicStatus",
        "GET",
        Bucket,
        "bucketstatus",
        Owner("GetBucketPublicStatus"),
        public::bucket_status,
    ),
    write(
        "SetBucketCustomDomain",
        "PUT",
        Bucket,
        "customdomain",
        Owner("PutBucketCustomDomainConfiguration"),
        domain::put,
    ),
    read(
        "GetBucketCustomDomain",
        "GET",
        Bucket,
        "customdomain",
        Owner("GetBucketCustomDomainConfiguration"),
        domain::get,
    ),
    write(
        "DeleteBucketCustomDomain",
        "DELETE",
        Bucket,
        "customdomain",
        Owner("DeleteBucketCustomDomainConfiguration"),
        domain::delete,
    ),
    write("CreateBucketAlias", "PUT", Bucket, "obsbucketalias", Account, alias::create),
    write("DeleteBucketAlias", "DELETE", Bucket, "obsbucketalias", Account, alias::delete),
    write("BindBucketAlias", "PUT", Bucket, "obsalias", Owner("PutBucketAlias"), alias::bind),
    read("GetBucketAlias", "GET", Bucket, "obsalias", Owner("GetBucketAlias"), alias::get),
    write("UnbindBucketAlias", "DELETE", Bucket, "obsalias", Owner("DeleteBucketAlias"), alias::unbind),
    write("PutObject", "PUT", Object, "", OnBucket(Write, "PutObject"), put::put),
    write("PostObject", "POST", Object, "@form", OnBucket(Write, "PutObject"), form::upload),
    free("CopyObject", "PUT", Object, "@copy", OnBucket(Write, "PutObject"), copy::object),
    write("AppendObject", "POST", Object, "append", OnBucket(Write, "PutObject"), append::append),
    write("ProcessImage", "GET", Object, "x-image-save-object", OnObject(Read, "GetObject"), image::save),
    read("GetObject", "GET", Object, "", OnObject(Read, "GetObject"), get::get),
    read("HeadObject", "HEAD", Object, "", OnObject(Read, "GetObject"), get::head),
    write("DeleteObject", "DELETE", Object, "", OnBucket(Write, "DeleteObject"), delete::one),
    read("OptionsObject", "OPTIONS", Object, "", Nothing, cors::preflight),
    write(
        "SetObjectMetadata",
        "PUT",
        Object,
        "metadata",
        OnBucket(Write, "ModifyObjectMetaData"),
        metadata::set,
    ),
    write("SetObjectAcl", "PUT", Object, "acl", OnObject(WriteAcp, "PutObjectAcl"), acl::put_object),
    read("GetObjectAcl", "GET", Object, "acl", OnObject(ReadAcp, "GetObjectAcl"), acl::get_object),
    write("SetObjectTagging", "PUT", Object, "tagging", OnBucket(Write, "PutObjectTagging"), tagging::put),
    read("GetObjectTagging", "GET", Object, "tagging", OnObject(Read, "GetObjectTagging"), tagging::get),
    write(
        "DeleteObjectTagging",
        "DELETE",
        Object,
        "tagging",
        OnBucket(Write, "DeleteObjectTagging"),
        tagging::delete,
    ),
    write("RestoreObject", "POST", Object, "restore", OnBucket(Write, "RestoreObject"), restore::restore),
    write(
        "PutObjectRetention",
        "PUT",
        Object,
        "retention",
        OnBucket(Write, "PutObjectRetention"),
        metadata::retain,
    ),
    write(
        "SetAccessLabel",
        "PUT",
        Object,
        "x-obs-accesslabel",
        OnBucket(Write, "PutAccessLabel"),
        metadata::set_access_label,
    ),
    read(
        "GetAccessLabel",
        "GET",
        Object,
        "x-obs-accesslabel",
        OnObject(Read, "GetAccessLabel"),
        metadata::access_label,
    ),
    write(
        "DeleteAccessLabel",
        "DELETE",
        Object,
        "x-obs-accesslabel",
        OnBucket(Write, "DeleteAccessLabel"),
        metadata::delete_access_label,
    ),
    write("RenameFile", "POST", Object, "rename", OnBucket(Write, "RenameFile"), posix::rename),
    write("TruncateFile", "PUT", Object, "truncate", OnBucket(Write, "TruncateFile"), posix::truncate),
    write("ModifyFile", "PUT", Object, "modify", OnBucket(Write, "ModifyFile"), posix::modify),
    write("SetBucketFetchJob", "POST", Object, "@fetchjobs", Owner("PutBucketFetchJob"), fetch::create),
    read("GetBucketFetchJob", "GET", Object, "@fetchjobs", Owner("GetBucketFetchJob"), fetch::get),
    write(
        "InitiateMultipartUpload",
        "POST",
        Object,
        "uploads",
        OnBucket(Write, "PutObject"),
        multipart::initiate,
    ),
    write("UploadPart", "PUT", Object, "uploadid", OnBucket(Write, "PutObject"), multipart::upload_part),
    free("CopyPart", "PUT", Object, "uploadid@copy", OnBucket(Write, "PutObject"), copy::part),
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

impl Setting {
    /// The operation that a method performs on the document.
    fn route(&self, method: &str) -> Option<Route> {
        let [put, get, delete] = self.names;
        let [put_action, get_action] = self.actions;
        let (method, name, action, handler) = match method {
            "PUT" => ("PUT", put, put_action, Handler::Write(settings::put)),
            "GET" => ("GET", get, get_action, Handler::Read(settings::get)),
            "DELETE" => ("DELETE", delete, put_action, Handler::Write(settings::delete)),
            _ => return None,
        };
        let route = Route { name, method, scope: Bucket, sub: self.sub, need: Owner(action), handler };
        (!name.is_empty()).then_some(route)
    }
}

/// Sub-resources that OBS signs and that nothing here answers: better an error than the operation without them.
const NOT_SERVED: [&str; 6] =
    ["backtosource", "deletebucket", "obsworkflowtriggerpolicy", "select", "torrent", "x-oss-process"];

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let rows = ROUTES.iter().map(|route| route.name);
    rows.chain(SETTINGS.iter().flat_map(|setting| setting.names)).filter(|name| !name.is_empty())
}

/// Finds the operation of a request.
pub(crate) fn find(request: &Request) -> Result<Route, ObsError> {
    if let Some(name) = NOT_SERVED.iter().find(|name| query(request, name).is_some()) {
        return Err(ObsError::new(
            501,
            "ServiceNotImplemented",
            format!("The emulator does not serve {name}."),
        ));
    }
    let (scope, sub) = (scope(request), sub_resource(request));
    let row = ROUTES
        .iter()
        .find(|route| route.scope == scope && route.sub == sub && route.method == request.method);
    let document = || {
        // A fetch policy looks like an object; tagging, among others, is on buckets and on objects.
        let fits = scope == Bucket || sub.starts_with('@');
        SETTINGS.iter().find(|setting| fits && setting.sub == sub)?.route(&request.method)
    };
    row.copied().or_else(document).ok_or_else(|| ObsError::method_not_allowed(&request.method))
}

fn scope(request: &Request) -> Scope {
    match (&request.bucket, request.key.as_deref()) {
        (None, _) => Service,
        (Some(_), None | Some("")) => Bucket,
        (Some(_), Some(_)) => Object,
    }
}

/// The sub-resource that decides. `@` marks what is none in the query: a form, a copy, the
/// extension for fetches.
pub(crate) fn sub_resource(request: &Request) -> &'static str {
    let scope = scope(request);
    if request.form {
        return "@form";
    }
    // A preflight asks the same rules whatever is to follow
    if request.method == "OPTIONS" {
        return "";
    }
    if header(request, &format!("{}oef-marker", request.dialect.prefix())) == Some("yes") {
        match request.key.as_deref() {
            Some("v1/extension_policy") => return "@fetchpolicy",
            Some(key) if key.starts_with(fetch::JOBS) => return "@fetchjobs",
            _ => {}
        }
    }
    let copy_source = format!("{}copy-source", request.dialect.prefix());
    let copy = request.method == "PUT" && header(request, &copy_source).is_some();
    let in_rows = ROUTES.iter().filter(|route| route.scope == scope).map(|route| route.sub);
    let in_documents = SETTINGS.iter().filter(|_| scope == Bucket).map(|setting| setting.sub);
    let named = in_rows
        .chain(in_documents)
        .find(|sub| !sub.is_empty() && query(request, sub).is_some())
        .unwrap_or_default();
    match (named, copy) {
        ("", true) => "@copy",
        ("uploadid", true) => "uploadid@copy",
        (named, _) => named,
    }
}
