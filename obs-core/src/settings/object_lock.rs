//! Object lock (WORM): versions that nobody can delete for a while.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::open_enum;
use crate::xml::{NodeExt, XmlWriter};

open_enum! {
    /// How strictly a lock holds.
    RetentionMode {
        /// Nobody can shorten it.
        Compliance = "COMPLIANCE",
        /// Whoever has the permission can shorten it.
        Governance = "GOVERNANCE",
    }
}

/// How long a lock holds by default.
///
/// ```
/// use obs_core::settings::object_lock::{ObjectLock, RetentionMode, RetentionPeriod};
///
/// let lock = ObjectLock::with_default(RetentionMode::Compliance, RetentionPeriod::Years(7));
/// # let _ = lock;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionPeriod {
    /// So many days: 1 to 36,500.
    Days(u32),
    /// So many years: 1 to 100.
    Years(u32),
}

/// The lock that new objects get.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::object_lock::{ObjectLock, RetentionMode, RetentionPeriod};
///
/// bucket
///     .set_bucket_object_lock(ObjectLock::with_default(
///         RetentionMode::Compliance,
///         RetentionPeriod::Days(30),
///     ))
///     .send()?;
/// if let Some(default) = &bucket.get_bucket_object_lock().send()?.rule {
///     println!("{:?} for {:?}", default.mode, default.period);
/// }
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DefaultRetention {
    /// How strictly.
    pub mode: Option<RetentionMode>,
    /// How long.
    pub period: Option<RetentionPeriod>,
}

/// The object lock of a bucket. It can be switched on only when the bucket is created or by the service, and never off
/// again; this sets what new objects get.
///
/// ```
/// use obs_core::settings::object_lock::{ObjectLock, RetentionMode, RetentionPeriod};
///
/// let lock = ObjectLock::with_default(RetentionMode::Compliance, RetentionPeriod::Days(30));
/// let no_default = ObjectLock::enabled();
/// # let _ = (lock, no_default);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectLock {
    /// `Enabled` where the bucket has it.
    pub object_lock_enabled: Option<String>,
    /// The lock that new objects get; none without it.
    pub rule: Option<DefaultRetention>,
}

impl ObjectLock {
    /// New objects get no lock by default.
    pub fn enabled() -> Self {
        Self { object_lock_enabled: Some("Enabled".to_owned()), rule: None }
    }

    /// New objects get this lock.
    pub fn with_default(mode: impl Into<RetentionMode>, period: RetentionPeriod) -> Self {
        let rule = DefaultRetention { mode: Some(mode.into()), period: Some(period) };
        Self { rule: Some(rule), ..Self::enabled() }
    }
}

impl Setting for ObjectLock {
    const SUB_RESOURCE: &'static str = "object-lock";
    const GET: &'static str = "GetBucketObjectLock";
    const SET: &'static str = "SetBucketObjectLock";
    const DELETE: &'static str = "";
    const CONTENT_MD5: bool = true;

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| {
            let rule: Option<Result<_>> =
                root.child("Rule").and_then(|rule| rule.child("DefaultRetention")).map(|default| {
                    let period = match default.opt("Days")? {
                        Some(days) => Some(RetentionPeriod::Days(days)),
                        None => default.opt("Years")?.map(RetentionPeriod::Years),
                    };
                    Ok(DefaultRetention { mode: default.opt_text("Mode").map(Into::into), period })
                });
            Ok(Self { object_lock_enabled: root.opt_text("ObjectLockEnabled"), rule: rule.transpose()? })
        })
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("ObjectLockConfiguration", |w| {
            w.opt("ObjectLockEnabled", self.object_lock_enabled.as_ref());
            let Some(default) = &self.rule else { return };
            w.element("Rule", |w| {
                w.element("DefaultRetention", |w| {
                    w.opt("Mode", default.mode.as_ref());
                    match default.period {
                        Some(RetentionPeriod::Days(days)) => w.text("Days", days),
                        Some(RetentionPeriod::Years(years)) => w.text("Years", years),
                        None => {}
                    }
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectLock, RetentionMode, RetentionPeriod};
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        let lock = ObjectLock::with_default(RetentionMode::Compliance, RetentionPeriod::Days(30));
        fake.bucket().set_bucket_object_lock(lock.clone()).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?object-lock");
        assert_eq!(sent.header("content-md5"), "pW7vq8+Mz5x5djdAkpIXqQ==");
        assert_eq!(
            sent.text(),
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
             <Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
        );
        survives(&lock);
        survives(&ObjectLock::enabled());
        survives(&ObjectLock::default());
        survives(&ObjectLock::with_default("FRIENDLY", RetentionPeriod::Years(1)));
    }
}
