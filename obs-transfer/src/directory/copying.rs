//! One of many objects on its way to another key.

use std::sync::Arc;

use obs_core::object::ObjectMetadata;
use obs_core::{BucketClient, CopySource, Sse, SseOption};

use super::making::Making;
use super::many::Unit;
use super::remote;
use super::report::{Action, Failure};
use super::settings::Settings;
use crate::checkpoint::JobKind;
use crate::copy::CopyJob;
use crate::copy::properties::Properties;
use crate::copy::run::Source;
use crate::error::Error;
use crate::job::Context;
use crate::multipart::{Parts, Target};
use crate::plan::{Part, Plan};
use crate::resume::open_checkpoint;

/// An object to be copied.
pub(crate) struct Copying<'a> {
    action: &'a Action,
    settings: &'a Settings,
    plan: Plan,
}

/// What an object has while it is copied.
pub(crate) struct Open {
    request: CopyJob,
    bucket: BucketClient,
    object: ObjectMetadata,
    properties: Properties,
    /// Of one that is copied in ranges.
    making: Option<Making>,
}

impl Open {
    fn target(&self) -> Target<'_> {
        Target { key: &self.request.key, headers: &self.properties.all, sse: &self.request.sse }
    }
}

impl<'a> Copying<'a> {
    pub(crate) fn new(action: &'a Action, settings: &'a Settings) -> Result<Self, Error> {
        let plan = if action.size <= settings.from.threshold {
            Plan::whole(action.size)
        } else {
            Plan::upload(action.size, settings.part_size)?
        };
        Ok(Self { action, settings, plan })
    }

    fn is_whole(&self) -> bool {
        self.action.size <= self.settings.from.threshold
    }

    fn source_key(&self) -> &str {
        self.action.source_key.as_deref().unwrap_or_default()
    }

    fn request(&self, context: &Context) -> CopyJob {
        let Settings { from, headers, sse, part_size, .. } = self.settings;
        let mut source = CopySource::new(&from.bucket, self.source_key());
        if let Some(key) = &from.sse {
            source = source.sse(key.clone());
        }
        let key = self.action.key.clone().unwrap_or_default();
        let mut request = CopyJob::new(context.bucket.clone(), key, source);
        request.headers = headers.clone();
        request.sse = sse.clone();
        request.part_size = *part_size;
        request
    }

    fn source<'o>(&'o self, open: &'o Open) -> Source<'o> {
        let Open { request, bucket, object, .. } = open;
        Source { request, bucket, key: self.source_key(), object }
    }
}

impl Unit for Copying<'_> {
    type Open = Open;

    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn open(&self, context: &Context) -> Result<Open, Error> {
        let request = self.request(context);
        let bucket = context.bucket.client().bucket(&self.settings.from.bucket);
        let mut object = ObjectMetadata::default();
        object.content_length = Some(self.action.size);
        object.etag.clone_from(&self.action.etag);
        let properties = Properties::of(&request, &object)?;
        let mut open = Open { request, bucket, object, properties, making: None };
        if self.is_whole() && open.properties.kept {
            // The service takes all from the source: there is nothing to be asked.
            return Ok(open);
        }
        let sse = SseOption(self.settings.from.sse.clone().map(Sse::C));
        let now = remote::properties(context, &open.bucket, self.source_key(), &sse)?;
        if now.content_length != open.object.content_length
            || (open.object.etag.is_some() && now.etag != open.object.etag)
        {
            return Err(self.source(&open).changed());
        }
        open.properties = Properties::of(&open.request, &now)?;
        open.object = now;
        if !self.is_whole() {
            let key = &open.request.key;
            let path = self.settings.checkpoint_path(key, JobKind::Copy);
            let checkpoint = open_checkpoint(context, path.as_deref(), || {
                let target = open.target();
                Ok(self.source(&open).identity(&self.plan).properties(target.headers, target.sse))
            })?;
            open.making = Some(Making::begin(context, &open.target(), &self.plan, checkpoint, |_| Ok(None))?);
        }
        Ok(open)
    }

    fn part(&self, context: &Context, open: &Open, part: Part) -> Result<(), Error> {
        let source = self.source(open);
        match &open.making {
            None => source.copy_whole(context, &open.target(), &open.properties).map(drop),
            Some(making) => {
                let send = |upload_id: &str| source.send(context, upload_id, part);
                making.part(context, part, || Ok(None), send)
            }
        }
    }

    fn finish(&self, context: &Context, mut open: Open) -> Result<(), Error> {
        let Some(making) = open.making.take() else { return Ok(()) };
        let source = self.source(&open);
        making.complete(context, &open.target(), |finished| Ok(source.expected(finished)))
    }

    fn discard(&self, context: &Context, open: Open, error: &Error) {
        if let Some(making) = open.making {
            making.discard(context, &open.request.key, error);
        }
    }

    fn failure(&self, error: Arc<Error>) -> Failure {
        Failure::of(self.action, error)
    }

    fn size(&self) -> u64 {
        self.action.size
    }
}
