//! One of many files on its way down.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use obs_core::object::ObjectMetadata;

use super::many::Unit;
use super::mtime;
use super::remote::properties;
use super::report::{Action, ActionKind, Failure};
use super::settings::Settings;
use crate::checkpoint::{Checkpoint, FinishedPart, JobKind};
use crate::download::Download;
use crate::download::run::{Opened, Ranged, check_crc64};
use crate::error::{Error, ErrorKind};
use crate::file_io::TargetFile;
use crate::job::Context;
use crate::plan::{Part, Plan};
use crate::ranges::{Ranges, Wanted};
use crate::resume::remove;

/// An object, or the key of a folder, to be fetched.
pub(crate) struct Fetching<'a> {
    action: &'a Action,
    settings: &'a Settings,
    plan: Plan,
}

/// What a file has while it is fetched.
pub(crate) enum Open {
    Folder,
    File(Box<File>),
}

pub(crate) struct File {
    download: Download,
    /// As the listing has it.
    object: ObjectMetadata,
    target: TargetFile,
    /// As the first answer has it.
    told: OnceLock<ObjectMetadata>,
    record: Mutex<Record>,
}

struct Record {
    /// What an earlier run had fetched.
    recorded: BTreeMap<u32, FinishedPart>,
    finished: BTreeMap<u32, FinishedPart>,
    checkpoint: Option<Checkpoint>,
}

impl File {
    fn into_ends(self) -> (TargetFile, Record) {
        (self.target, self.record.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Fetching<'a> {
    pub(crate) fn new(action: &'a Action, settings: &'a Settings) -> Self {
        Self { action, settings, plan: Plan::download(action.size, settings.part_size) }
    }

    /// An object without bytes has no range to ask for: whether it is still the one that was listed.
    fn look(&self, context: &Context, file: &File) -> Result<(), Error> {
        let Wanted { key, sse, .. } = &*file.download;
        let now = properties(context, &context.bucket, key, sse)?;
        if now.content_length.unwrap_or(0) > 0 {
            return Err(replaced(key));
        }
        file.told.get_or_init(|| now);
        Ok(())
    }

    /// Where no range had to be asked for because all are recorded, nothing told what the object has beside its bytes.
    fn ask(&self, context: &Context, file: &File) -> Result<(), Error> {
        if file.told.get().is_some() || self.plan.count() == 0 {
            return Ok(());
        }
        let Wanted { key, sse, .. } = &*file.download;
        let now = properties(context, &context.bucket, key, sse)?;
        let is_other = matches!((&now.etag, &file.object.etag), (Some(now), Some(listed)) if now != listed);
        if is_other || now.content_length.is_some_and(|now| now != self.plan.size()) {
            return Err(replaced(key));
        }
        file.told.get_or_init(|| now);
        Ok(())
    }

    /// Whether all that is there is what the object has; its time of change, where it is to be kept.
    fn check(&self, file: &File) -> Result<(), Error> {
        let told = file.told.get();
        let record = file.record.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = told.and_then(|told| told.crc64);
        check_crc64(&file.download.key, record.finished.values(), stored)?;
        if let Some(modified_ns) = told.filter(|_| self.settings.keeps_mtime).and_then(mtime::of_file) {
            // All bytes are there, and worth more than their time.
            if let Err(error) = file.target.set_modified_ns(modified_ns) {
                log::warn!(target: "obs::transfer", "{error}");
            }
        }
        Ok(())
    }
}

fn replaced(key: &str) -> Error {
    let text = format!("the object {key:?} was replaced since it was listed; download it again");
    Error::new(ErrorKind::ObjectChanged, text)
}

impl Unit for Fetching<'_> {
    type Open = Open;

    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn open(&self, context: &Context) -> Result<Open, Error> {
        let path = self.action.path.clone().unwrap_or_default();
        if self.action.kind == ActionKind::CreateFolder {
            let created = fs::create_dir_all(&path);
            created.map_err(|error| Error::io("cannot create the folder", &path, error))?;
            return Ok(Open::Folder);
        }
        let key = self.action.key.clone().unwrap_or_default();
        let checkpoint_path = match self.plan.count() {
            0 | 1 => None,
            _ => self.settings.checkpoint_path(&key, JobKind::Download),
        };
        let mut download = Download::new(context.bucket.clone(), key, path);
        download.part_size = self.settings.part_size;
        download.sse = self.settings.sse.clone();
        let mut object = ObjectMetadata::default();
        object.content_length = Some(self.action.size);
        object.etag.clone_from(&self.action.etag);
        let ranged = Ranged { request: &download, object: object.clone(), plan: self.plan, request_id: None };
        let Opened { target, checkpoint, recorded } = ranged.open(context, checkpoint_path.as_deref())?;
        let record = Mutex::new(Record { recorded, finished: BTreeMap::new(), checkpoint });
        Ok(Open::File(Box::new(File { download, object, target, told: OnceLock::new(), record })))
    }

    fn part(&self, context: &Context, open: &Open, part: Part) -> Result<(), Error> {
        let Open::File(file) = open else { return Ok(()) };
        if part.len == 0 {
            return self.look(context, file);
        }
        let lock = || file.record.lock().unwrap_or_else(PoisonError::into_inner);
        let recorded = lock().recorded.remove(&part.number);
        let File { download: request, object, target, told, .. } = &**file;
        let (brought, was_there) = Ranges { wanted: request, object, size: self.plan.size(), told }.bring(
            context,
            part,
            target,
            recorded.as_ref(),
        )?;
        let mut record = lock();
        match &mut record.checkpoint {
            Some(checkpoint) if !was_there => checkpoint.record(&brought)?,
            _ => {}
        }
        record.finished.insert(part.number, brought);
        Ok(())
    }

    fn finish(&self, context: &Context, open: Open) -> Result<(), Error> {
        let Open::File(mut file) = open else { return Ok(()) };
        let finished = self.ask(context, &file).and_then(|()| self.check(&file));
        if let Err(error) = finished.and_then(|()| file.target.finish()) {
            self.discard(context, Open::File(file), &error);
            return Err(error);
        }
        let (_, record) = file.into_ends();
        remove(record.checkpoint);
        Ok(())
    }

    fn discard(&self, context: &Context, open: Open, error: &Error) {
        let Open::File(file) = open else { return };
        let (mut target, record) = file.into_ends();
        let keeps = !target.is_lost() && context.keeps(error, record.checkpoint.is_some());
        target.keep(keeps);
        if !keeps {
            remove(record.checkpoint);
        }
    }

    fn failure(&self, error: Arc<Error>) -> Failure {
        Failure::of(self.action, error)
    }

    fn size(&self) -> u64 {
        self.action.size
    }
}
