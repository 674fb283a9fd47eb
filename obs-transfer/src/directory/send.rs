//! One of many files on its way up.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use obs_core::object::PutObject;

use super::making::Making;
use super::many::Unit;
use super::mtime;
use super::report::{Action, ActionKind, Failure};
use super::settings::Settings;
use crate::checkpoint::JobKind;
use crate::error::{Error, ErrorKind};
use crate::file_io::SourceFile;
use crate::job::{Context, release};
use crate::multipart::{Expected, Target};
use crate::plan::{Part, Plan};
use crate::resume::open_checkpoint;
use crate::upload::Upload;
use crate::upload::run::{crc64, identity};

/// A file, or an empty folder, to be sent.
pub(crate) struct Sending<'a> {
    action: &'a Action,
    settings: &'a Settings,
    plan: Plan,
}

/// What a file has while it is sent.
pub(crate) enum Open {
    Folder,
    Whole(Box<Whole>),
    Parts(Box<Parts>),
}

/// A file that goes up in one call.
pub(crate) struct Whole {
    source: SourceFile,
    upload: Upload,
}

/// A file that goes up in parts.
pub(crate) struct Parts {
    source: SourceFile,
    upload: Upload,
    making: Making,
    speaks_crc64: AtomicBool,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(action: &'a Action, settings: &'a Settings) -> Result<Self, Error> {
        let plan = Plan::upload(action.size, settings.part_size)?;
        Ok(Self { action, settings, plan })
    }

    fn key(&self) -> &str {
        self.action.key.as_deref().unwrap_or_default()
    }

    /// The file as it was when the job was planned.
    fn source(&self) -> Result<SourceFile, Error> {
        let path = self.action.path.clone().unwrap_or_default();
        let source = SourceFile::open(path)?;
        let now = source.identity();
        if now.size == self.action.size && Some(now.modified_ns) == self.action.modified_ns {
            return Ok(source);
        }
        let text = format!(
            "{} changed since the job was planned ({} bytes then, {} now): send it again once it is at rest",
            source.path().display(),
            self.action.size,
            now.size
        );
        Err(Error::new(ErrorKind::SourceChanged, text))
    }

    fn upload(&self, context: &Context) -> Upload {
        let path = self.action.path.clone().unwrap_or_default();
        let mut upload = Upload::new(context.bucket.clone(), self.key().to_owned(), path);
        upload.part_size = self.settings.part_size;
        upload.headers = self.settings.headers.clone();
        upload.sse = self.settings.sse.clone();
        upload.checksum = self.settings.checksum;
        if let Some(modified_ns) = self.action.modified_ns.filter(|_| self.settings.keeps_mtime) {
            upload.headers.metadata.insert(mtime::NAME, mtime::encode(modified_ns));
        }
        upload.guess_type();
        upload
    }

    fn checkpoint_path(&self) -> Option<PathBuf> {
        self.settings.checkpoint_path(self.key(), JobKind::Upload)
    }

    /// The key of an empty folder.
    fn put_folder(&self, context: &Context) -> Result<(), Error> {
        let mut tries = context.tries();
        loop {
            let permit = context.enter()?;
            let result = context.request(PutObject::new(self.key(), "")).send().map_err(Error::from);
            release(permit, result.as_ref().err());
            match result {
                Ok(_) => return Ok(()),
                Err(error) => tries.failed(error, false)?,
            }
        }
    }
}

fn target(upload: &Upload) -> Target<'_> {
    Target { key: &upload.key, headers: &upload.headers, sse: &upload.sse }
}

impl Unit for Sending<'_> {
    type Open = Open;

    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn open(&self, context: &Context) -> Result<Open, Error> {
        if self.action.kind == ActionKind::UploadFolder {
            return Ok(Open::Folder);
        }
        let source = self.source()?;
        let upload = self.upload(context);
        if self.plan.count() == 1 {
            return Ok(Open::Whole(Box::new(Whole { source, upload })));
        }
        let path = self.checkpoint_path();
        let (checkpoint, state) =
            open_checkpoint(context, path.as_deref(), || identity(&upload, &source, &self.plan, context))?;
        let now = |part: Part| crc64(&source, context, part.offset, part.len).map(Some);
        let making = Making::begin(context, &target(&upload), &self.plan, (checkpoint, state), now)?;
        Ok(Open::Parts(Box::new(Parts { source, upload, making, speaks_crc64: AtomicBool::new(false) })))
    }

    fn part(&self, context: &Context, open: &Open, part: Part) -> Result<(), Error> {
        let parts = match open {
            Open::Folder => return self.put_folder(context),
            Open::Whole(whole) => {
                let Whole { source, upload } = &**whole;
                target(upload).put_on(context, source, part.len, upload.checksum)?;
                return Ok(());
            }
            Open::Parts(parts) => parts,
        };
        let Parts { source, upload, making, speaks_crc64 } = &**parts;
        let now = || crc64(source, context, part.offset, part.len).map(Some);
        making.part(context, part, now, |upload_id| {
            let sent = target(upload).send_part(context, source, upload_id, part, upload.checksum);
            sent.map(|(sent, speaks)| {
                speaks_crc64.fetch_or(speaks, Ordering::Relaxed);
                sent
            })
        })
    }

    fn finish(&self, context: &Context, open: Open) -> Result<(), Error> {
        let Open::Parts(parts) = open else { return Ok(()) };
        let Parts { source, upload, making, speaks_crc64 } = *parts;
        making.complete(context, &target(&upload), |finished| {
            source.verify()?;
            Ok(Expected::of(finished, speaks_crc64.into_inner()))
        })
    }

    fn discard(&self, context: &Context, open: Open, error: &Error) {
        let Open::Parts(parts) = open else { return };
        parts.making.discard(context, &parts.upload.key, error);
    }

    fn failure(&self, error: Arc<Error>) -> Failure {
        Failure::of(self.action, error)
    }

    fn size(&self) -> u64 {
        self.action.size
    }
}
