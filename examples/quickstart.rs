//! The whole way of a file: up in parts, interrupted half-way, resumed, listed, down again, compared, shared by a URL.
//!
//!     cargo run --release -p obs-examples --example quickstart [FILE]
//!
//! Without FILE it makes one of 64 MiB. It talks to an emulator in its own process unless OBS_ENDPOINT,
//! OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY are set; then to that service, where it makes a bucket of its own and
//! deletes it in the end.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use obs_examples::{Bar, Place, size, time};
use obs_transfer::prelude::*;

const WORKERS: usize = 4;
const KEY: &str = "quickstart/file.bin";
const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result<(), Box<dyn Error>> {
    let work = tempfile::tempdir()?;
    let file = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => make_file(&work.path().join("file.bin"), 64 << 20)?,
    };
    let length = fs::metadata(&file).map_err(|e| format!("{}: {e}", file.display()))?.len();

    Place::find()?.with_bucket("quickstart", |bucket| round_trip(bucket, &file, length, work.path()))
}

fn round_trip(bucket: &BucketClient, file: &Path, length: u64, work: &Path) -> Result<(), Box<dyn Error>> {
    // At least eight parts, so that there is something to interrupt.
    let part_size = (length / 16).clamp(100 << 10, 8 << 20);
    let checkpoint = work.join("upload.checkpoint");
    let upload = || {
        bucket
            .upload_file(KEY, file)
            .task_num(WORKERS)
            .part_size(part_size)
            .checkpoint_file(&checkpoint)
            .metadata("purpose", "quickstart")
    };

    println!("uploading {} ({}) with {WORKERS} workers and a checkpoint", file.display(), size(length));
    let token = CancelToken::new();
    let bar = Arc::new(Bar::new("upload"));
    let stop = {
        let (bar, token) = (Arc::clone(&bar), token.clone());
        move |progress: &Progress| {
            bar.update(progress);
            if progress.transferred >= length / 2 {
                token.cancel();
            }
        }
    };
    // Held back a little, so that half-way can be met on a fast machine too.
    let limit = (length * 2).max(1 << 20);
    let interrupted = upload().bandwidth(limit).cancel_token(&token).progress(stop).send();
    bar.finish();
    match interrupted {
        Err(error) if error.is_cancelled() => println!("interrupted on purpose, half-way"),
        Err(error) => return Err(error.into()),
        Ok(_) => println!("the file went up before it could be interrupted"),
    }

    let started = Instant::now();
    let bar = Arc::new(Bar::new("resume"));
    let show = Arc::clone(&bar);
    let uploaded = upload().progress(move |progress| show.update(progress)).send()?;
    bar.finish();
    println!(
        "resumed: {} of {} parts had arrived and were not sent again; done in {}",
        uploaded.resumed_parts,
        uploaded.parts,
        time(started.elapsed())
    );

    println!("\nobjects in the bucket:");
    for object in bucket.list_objects().iter() {
        let object = object?;
        println!("  {:>10}  {}", size(object.size), object.key);
    }

    let copy = work.join("copy.bin");
    println!("\ndownloading it with {WORKERS} workers");
    let started = Instant::now();
    let bar = Arc::new(Bar::new("download"));
    let show = Arc::clone(&bar);
    bucket
        .download_file(KEY, &copy)
        .task_num(WORKERS)
        .part_size(part_size)
        .progress(move |progress| show.update(progress))
        .send()?;
    bar.finish();
    println!("done in {}", time(started.elapsed()));
    if !equal(File::open(file)?, File::open(&copy)?)? {
        return Err("the download differs from the file".into());
    }
    println!("compared byte for byte: equal");

    let url = bucket.get_object(KEY).presign(HOUR)?;
    println!("\na URL that anybody can use for an hour:\n  {url}");
    let mut request = ureq::get(url.url.as_str());
    for (name, value) in url.headers.iter() {
        request = request.header(name, value);
    }
    let mut answer = request.call()?;
    if !equal(File::open(file)?, answer.body_mut().as_reader())? {
        return Err("what the URL gives differs from the file".into());
    }
    println!("fetched it with a plain HTTP client: equal");
    Ok(())
}

/// A file of random bytes.
fn make_file(path: &Path, length: usize) -> io::Result<PathBuf> {
    let mut file = File::create(path)?;
    let mut chunk = vec![0; 1 << 20];
    for _ in 0..length / chunk.len() {
        fastrand::fill(&mut chunk);
        file.write_all(&chunk)?;
    }
    Ok(path.to_owned())
}

/// Whether two streams give the same bytes.
fn equal(a: impl Read, b: impl Read) -> io::Result<bool> {
    let (mut a, mut b) = (io::BufReader::with_capacity(1 << 20, a), io::BufReader::with_capacity(1 << 20, b));
    loop {
        let (left, right) = (io::BufRead::fill_buf(&mut a)?, io::BufRead::fill_buf(&mut b)?);
        let common = left.len().min(right.len());
        if common == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        if left[..common] != right[..common] {
            return Ok(false);
        }
        io::BufRead::consume(&mut a, common);
        io::BufRead::consume(&mut b, common);
    }
}
