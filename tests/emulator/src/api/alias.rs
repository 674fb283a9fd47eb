//! Aliases: one name for two buckets.

use crate::api::bucket::write_owner;
use crate::api::call::Call;
use crate::api::time::iso8601;
use crate::errors::{ObsError, Outcome};
use crate::exchange::{Caller, Response};
use crate::store::State;
use crate::store::bucket::{Alias, is_valid_name};
use crate::xml::{Element, Writer};

/// `PUT ?obsbucketalias` to the name of the alias.
pub(crate) fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let name = call.bucket();
    if !is_valid_name(name) {
        return Err(ObsError::new(400, "InvalidBucketName", "The specified bucket is not valid.")
            .detail("BucketName", name));
    }
    let taken = state.buckets.contains_key(name)
        || state.aliases.get(name).is_some_and(|alias| alias.owner != call.account());
    if taken {
        return Err(ObsError::new(409, "BucketAlreadyExists", "The requested name is not available.")
            .detail("BucketName", name));
    }
    let document = call.xml_body()?;
    let list = document.child("BucketList").filter(|_| document.name == "CreateBucketAlias");
    let buckets: Vec<String> = list.into_iter().flat_map(|list| list.all("Bucket")).map(text).collect();
    if buckets.is_empty() || buckets.len() > 2 {
        return Err(ObsError::malformed_xml("CreateBucketAlias needs a BucketList of one or two buckets."));
    }
    let alias = Alias { owner: call.account().to_owned(), buckets, created: call.now() };
    state.aliases.insert(name.to_owned(), alias);
    Ok(Response::empty(200))
}

fn text(element: &Element) -> String {
    element.text.trim().to_owned()
}

/// `DELETE ?obsbucketalias` of the name of the alias; buckets that it was bound to lose it.
pub(crate) fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    owned(call, state, call.bucket())?;
    state.aliases.remove(call.bucket());
    for bucket in state.buckets.values_mut() {
        bucket.alias.take_if(|alias| alias == call.bucket());
    }
    Ok(Response::empty(204))
}

fn owned<'a>(call: &Call<'_>, state: &'a State, name: &str) -> Result<&'a Alias, ObsError> {
    let alias = state.aliases.get(name).ok_or_else(|| no_such_alias(name))?;
    match &call.request.caller {
        Caller::Account(id) if *id == alias.owner => Ok(alias),
        _ => Err(ObsError::access_denied()),
    }
}

fn no_such_alias(name: &str) -> ObsError {
    ObsError::new(404, "NoSuchBucketAlias", "The specified bucket alias does not exist.")
        .detail("Alias", name)
}

/// `GET ?obsbucketalias` of the service.
pub(crate) fn list(call: &Call<'_>, state: &State) -> Outcome {
    let mut document = Writer::root("ListBucketAliasResult", call.dialect());
    write_owner(&mut document, call, call.account());
    document.open("BucketAliasList");
    for (name, alias) in state.aliases.iter().filter(|(_, alias)| alias.owner == call.account()) {
        write_alias(&mut document, name, alias);
    }
    document.close("BucketAliasList");
    document.close("ListBucketAliasResult");
    Ok(Response::xml(document))
}

fn write_alias(document: &mut Writer, name: &str, alias: &Alias) {
    document.open("BucketAlias");
    document.text("Alias", name);
    document.text("CreationDate", &iso8601(alias.created));
    document.open("BucketList");
    for bucket in &alias.buckets {
        document.text("Bucket", bucket);
    }
    document.close("BucketList");
    document.close("BucketAlias");
}

/// `PUT ?obsalias` of a bucket.
pub(crate) fn bind(call: &Call<'_>, state: &mut State) -> Outcome {
    let document = call.xml_body()?;
    let name = document
        .get("Alias")
        .filter(|name| !name.is_empty() && document.name == "AliasList")
        .ok_or_else(|| ObsError::malformed_xml("AliasList needs an Alias."))?
        .to_owned();
    let alias = owned(call, state, &name)?;
    if !alias.buckets.iter().any(|bucket| bucket == call.bucket()) {
        return Err(ObsError::invalid_request("The alias was not created for this bucket."));
    }
    state.bucket_mut(call.bucket())?.alias = Some(name);
    Ok(Response::empty(200))
}

pub(crate) fn get(call: &Call<'_>, state: &State) -> Outcome {
    let name = state.bucket(call.bucket())?.alias.as_deref();
    let mut document = Writer::root("AliasResult", call.dialect());
    match name.and_then(|name| state.aliases.get_key_value(name)) {
        Some((name, alias)) => write_alias(&mut document, name, alias),
        None => return Err(no_such_alias("")),
    }
    document.close("AliasResult");
    Ok(Response::xml(document))
}

pub(crate) fn unbind(call: &Call<'_>, state: &mut State) -> Outcome {
    state.bucket_mut(call.bucket())?.alias = None;
    Ok(Response::empty(204))
}
