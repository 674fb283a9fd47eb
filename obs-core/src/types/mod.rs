//! The values that several operations share, each with its setters.

mod open_enum;

mod acl;
mod callback;
mod checks;
mod conditions;
mod copy_source;
mod cors_headers;
mod encoding_type;
mod http_date;
pub(crate) mod instant;
mod key_filter;
mod metadata;
mod mime;
mod object_headers;
mod owner;
mod preflight;
mod progress;
mod range;
mod sse;
mod storage_class;
mod version;

pub use acl::{AccessControlList, Acl, CannedAcl, Grant, Grantee, Group, Permission};
pub use callback::{Callback, CallbackOption};
pub use checks::Checks;
pub use conditions::Conditions;
pub use copy_source::CopySource;
pub use cors_headers::CorsHeaders;
pub use encoding_type::EncodingType;
pub(crate) use encoding_type::KeyDecoder;
pub use http_date::HttpDate;
pub(crate) use http_date::http_date;
pub use key_filter::KeyFilter;
pub use metadata::Metadata;
pub use mime::mime_type;
pub use object_headers::ObjectHeaders;
pub(crate) use object_headers::write_grants;
pub(crate) use open_enum::open_enum;
pub use owner::Owner;
pub use preflight::Preflight;
pub use progress::{Progress, ProgressListener};
pub use range::ByteRange;
pub use sse::{Sse, SseC, SseInfo, SseKms, SseOption};
pub use storage_class::StorageClass;
pub use version::VersionId;
