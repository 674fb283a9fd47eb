//! Signatures of the protocols with HMAC-SHA1, computed from the bytes that were sent. Nothing here comes from the SDK, or it
//! would prove nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use sha1::Sha1;

use crate::client::{Sent, Setup};

/// Query parameters that are signed, beside those that begin with the protocol's prefix.
const SIGNED: &str = " acl append backtosource bucketstatus cors customdomain delete deletebucket directcoldaccess dispolicy \
    encryption fileinterface inventory length lifecycle location logging metadata modify name notification object-lock \
    obsalias obsbucketalias obscompresspolicy obsworkflowtriggerpolicy partnumber policy policystatus position \
    publicaccessblock quota rename replication requestpayment response-cache-control response-content-disposition \
    response-content-encoding response-content-language response-content-type response-expires restore retention \
    storageclass storageinfo storagepolicy tagging torrent truncate uploadid uploads versionid versioning versions website \
    x-image-process x-image-save-bucket x-image-save-object x-obs-accesslabel x-oss-process x-workflow-prefix \
    x-workflow-start x-workflow-limit x-workflow-template-name x-workflow-graph-name x-workflow-execution-state \
    x-workflow-execution-type x-workflow-next-marker ";

pub fn hmac_sha1(secret: &str, text: &str) -> String {
    let mut mac =
        <Hmac<Sha1> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| unreachable!());
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The text to sign for a request. `bucket` is the one of the call.
pub fn string_to_sign(setup: &Setup, prefix: &str, bucket: Option<&str>, sent: &Sent) -> String {
    let header = |name: &str| sent.header(name).unwrap_or_default();
    let has_own_date = sent.header(&format!("{prefix}date")).is_some();
    let date = if has_own_date { "" } else { header("date") };
    let mut text =
        format!("{}\n{}\n{}\n{date}\n", sent.method, header("content-md5"), header("content-type"));
    let mut headers: Vec<_> = sent.headers.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
    headers.sort();
    for (name, value) in headers {
        let meta = name.starts_with(&format!("{prefix}meta-"));
        text.push_str(&format!("{name}:{}\n", if meta { value.trim() } else { value }));
    }
    let server = setup.server.split_once("://").map_or(setup.server.as_str(), |(_, rest)| rest);
    let host = server.split(['/', ':']).next().unwrap_or_default();
    let is_address = host.split('.').count() == 4 && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match bucket {
        _ if setup.custom_domain => text.push_str(&format!("/{host}")),
        Some(bucket) if !setup.path_style && !is_address => text.push_str(&format!("/{bucket}")),
        _ => {}
    }
    text.push_str(&sent.path);
    let mut items: Vec<(String, Option<String>)> = sent
        .query
        .split('&')
        .filter(|item| !item.is_empty())
        .map(|item| match item.split_once('=') {
            Some((name, value)) => (decoded(name), Some(decoded(value))),
            None => (decoded(item), None),
        })
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.starts_with(prefix) || SIGNED.contains(&format!(" {name} "))
        })
        .collect();
    items.sort();
    for (index, (name, value)) in items.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
