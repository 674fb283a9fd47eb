//! Access control lists and logging, which share grants.

use obs_core::{AccessControlList, Acl, Dialect, Grant, Grantee, Owner};
use serde_json::{Value, json};

use super::{Call, Outcome, Shape, With};
use crate::args::{Members, Result, Unusable};

fn owner(members: &Members<'_>, id: &str, name: &str) -> Result<Owner> {
    let owner = Owner::new(members.text(id)?.unwrap_or_default());
    Ok(owner.with(members.text(name)?, |o, name| o.with_display_name(name)))
}

/// Grants of a list.
pub fn grants(members: &Members<'_>, name: &str) -> Result<Vec<Grant>> {
    let mut found = Vec::new();
    for grant in members.objects(name)? {
        let given = grant.required_object("grantee")?;
        let user = owner(&given, "grantee_id", "grantee_name")?;
        let grantee = match given.filled("group")? {
            Some(group) => Grantee::Group(group.into()),
            None => Grantee::User(user),
        };
        let delivered = grant.bool("delivered")?;
        let grant = Grant::new(grantee, grant.required("permission")?);
        found.push(grant.with(delivered, |g, delivered| g.delivered(delivered)));
    }
    Ok(found)
}

fn acl(args: &Members<'_>) -> Result<Acl> {
    let canned = args.filled("aclControl")?;
    let Some(list) = args.object("acl")? else {
        let canned = canned.ok_or_else(|| Unusable::new("neither acl nor aclControl"))?;
        return Ok(Acl::Canned(canned.into()));
    };
    let owner = owner(&list.object_or_empty("owner")?, "owner_id", "owner_name")?;
    let built = AccessControlList::new(owner).with_all(grants(&list, "grants")?, |l, grant| l.grant(grant));
    Ok(Acl::List(built.with(list.bool("delivered")?, |l, delivered| l.delivered(delivered))))
}

pub fn set_bucket_acl(call: &Call<'_>) -> Result<Outcome> {
    call.send_for_nothing(call.bucket()?.set_bucket_acl(acl(&call.args)?))
}

pub fn set_object_acl(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.set_object_acl(call.key()?, acl(&call.args)?);
    call.send_for_nothing(request.with(call.args.filled("versionId")?, |r, id| r.version_id(id)))
}

pub fn get_bucket_acl(call: &Call<'_>) -> Result<Outcome> {
    call.send(call.bucket()?.get_bucket_acl(), |acl, shape| Ok(shape.acl(acl)))
}

pub fn get_object_acl(call: &Call<'_>) -> Result<Outcome> {
    let request = call.bucket()?.get_object_acl(call.key()?);
    let request = request.with(call.args.filled("versionId")?, |r, id| r.version_id(id));
    call.send(request, |acl, shape| {
        let delivered = acl.delivered.unwrap_or(false);
        Ok(super::result::merge(shape.acl(acl), json!({"delivered": delivered})))
    })
}

impl Shape {
    fn acl(self, acl: &AccessControlList) -> Value {
        json!({"owner": self.owner(Some(&acl.owner)), "grants": self.grants(&acl.grants)})
    }

    pub fn grants(self, grants: &[Grant]) -> Value {
        grants.iter().map(|grant| self.grant(grant)).collect()
    }

    fn grant(self, grant: &Grant) -> Value {
        let grantee = match &grant.grantee {
            Grantee::Group(group) => json!({"group": group.wire(self.dialect)}),
            Grantee::User(user) => {
                let owner = self.owner(Some(user));
                json!({"grantee_id": owner["owner_id"], "grantee_name": owner["owner_name"]})
            }
            _ => Value::Null,
        };
        // Recorded as false where the protocol has it, even if the answer does not.
        let delivered = (self.dialect == Dialect::Obs).then(|| grant.delivered.unwrap_or(false));
        json!({"grantee": grantee, "permission": grant.permission.as_str(), "delivered": delivered})
    }
}
