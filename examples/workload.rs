//! Loads for measuring: each does one thing and closes with one line of JSON.
//!
//!     cargo run --release -p obs-examples --example workload -- put-file \
//!         --endpoint http://127.0.0.1:9000 --bucket b --key k --file /tmp/file --workers 4 --part-size 8388608
//!
//! Credentials come from OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY. The last line of standard output is
//! `{"wall_s":…,"cpu_s":…,"ops":…,"bytes":…}`: the time from the ready client to the last answer, the processor time
//! (user and system) of the whole process, how many requests, parts, URLs or pages, and how many bytes. `docs/src/performance.md`
//! has the figures. Exit code 64: no such sub-command, or wrong options.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use obs_transfer::prelude::*;

use obs_core::Error as CallError;

type Outcome = Result<Done, Box<dyn Error>>;

/// What a load did.
struct Done {
    ops: u64,
    bytes: u64,
}

struct Options {
    command: String,
    endpoint: String,
    bucket: String,
    key: String,
    file: PathBuf,
    workers: usize,
    part_size: u64,
    count: u64,
    pages: u64,
    size: u64,
    checkpoint: bool,
}

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("workload: {message}");
            return ExitCode::from(64);
        }
    };
    let load = match options.command.as_str() {
        "put-file" | "resume" => put_file,
        "get-file" => get_file,
        "put-small" | "put-one" => put_small,
        "get-small" => get_small,
        "presign" => presign,
        "list" => list,
        "put-stream" => put_stream,
        "get-stream" => get_stream,
        "copy-dir" => copy_dir,
        other => {
            eprintln!("workload: no sub-command {other:?}");
            return ExitCode::from(64);
        }
    };
    let bucket = match client(&options) {
        Ok(client) => client.bucket(&options.bucket),
        Err(error) => {
            eprintln!("workload: {error}");
            return ExitCode::FAILURE;
        }
    };
    let started = Instant::now();
    match load(&bucket, &options) {
        Ok(done) => {
            let wall = started.elapsed().as_secs_f64();
            let Done { ops, bytes } = done;
            println!(
                "{{\"wall_s\":{wall:.6},\"cpu_s\":{:.6},\"ops\":{ops},\"bytes\":{bytes}}}",
                cpu_seconds()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("workload: {error}");
            ExitCode::FAILURE
        }
    }
}

fn client(options: &Options) -> Result<ObsClient, Box<dyn Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let credentials = Credentials::new(variable("OBS_ACCESS_KEY_ID")?, variable("OBS_SECRET_ACCESS_KEY")?);
    Ok(ObsClient::builder().endpoint(&options.endpoint).credentials(credentials).build()?)
}

/// `ops` counts the parts that this run sent: with a checkpoint, run it, kill it, and run it again.
fn put_file(bucket: &BucketClient, options: &Options) -> Outcome {
    let done = bucket
        .upload_file(&options.key, &options.file)
        .task_num(options.workers)
        .part_size(options.part_size)
        .checkpoint(options.checkpoint)
        .send()?;
    let sent = done.parts - done.resumed_parts;
    Ok(Done { ops: sent.into(), bytes: options.file.metadata()?.len() })
}

fn get_file(bucket: &BucketClient, options: &Options) -> Outcome {
    let done = bucket
        .download_file(&options.key, &options.file)
        .task_num(options.workers)
        .part_size(options.part_size)
        .checkpoint(options.checkpoint)
        .send()?;
    let sent = done.parts - done.resumed_parts;
    Ok(Done { ops: sent.into(), bytes: options.file.metadata()?.len() })
}

/// Lets the threads share the numbers from 0 to count.
fn share(options: &Options, work: impl Fn(u64) -> Result<(), CallError> + Sync) -> Outcome {
    let next = AtomicU64::new(0);
    let run = || -> Result<(), CallError> {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= options.count {
                return Ok(());
            }
            work(i)?;
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..options.workers).map(|_| scope.spawn(run)).collect();
        let mut result = run();
        for other in others {
            result = result.and(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        result
    })?;
    Ok(Done { ops: options.count, bytes: options.count * options.size })
}

fn put_small(bucket: &BucketClient, options: &Options) -> Outcome {
    let payload: &'static [u8] = vec![b'x'; usize::try_from(options.size)?].leak();
    share(options, |i| bucket.put_content(format!("{}-{i}", options.key), payload).send().map(drop))
}

fn get_small(bucket: &BucketClient, options: &Options) -> Outcome {
    share(options, |_| {
        let bytes = bucket.get_object(&options.key).send()?.bytes()?;
        if bytes.len() as u64 == options.size {
            return Ok(());
        }
        let message = format!("{} bytes came instead of {}", bytes.len(), options.size);
        Err(CallError::new(obs_core::ErrorKind::Integrity, message))
    })
}

fn presign(bucket: &BucketClient, options: &Options) -> Outcome {
    let mut bytes = 0;
    for i in 0..options.count {
        let url = bucket.get_object(format!("dir/object-{i}.bin")).presign(Duration::from_secs(3600))?;
        bytes += std::hint::black_box(url).url.len() as u64;
    }
    Ok(Done { ops: options.count, bytes })
}

fn list(bucket: &BucketClient, options: &Options) -> Outcome {
    let (mut pages, mut keys) = (0, 0);
    for page in bucket.list_objects().max_keys(1000).pages().take(usize::try_from(options.pages)?) {
        keys += std::hint::black_box(page?).contents.len() as u64;
        pages += 1;
    }
    if keys != options.pages * 1000 {
        return Err(
            format!("{keys} keys in {pages} pages instead of {} pages of 1,000", options.pages).into()
        );
    }
    Ok(Done { ops: pages, bytes: keys })
}

/// Uploads what comes from standard input.
fn put_stream(bucket: &BucketClient, options: &Options) -> Outcome {
    let writer = bucket.object_writer(&options.key).task_num(options.workers);
    let mut writer = writer.part_size(options.part_size).start()?;
    let bytes = io::copy(&mut io::stdin().lock(), &mut writer)?;
    Ok(Done { ops: writer.finish()?.parts.into(), bytes })
}

/// Downloads to standard output.
fn get_stream(bucket: &BucketClient, options: &Options) -> Outcome {
    let reader = bucket.object_reader(&options.key).task_num(options.workers);
    let mut reader = reader.part_size(options.part_size).open()?;
    let mut out = io::stdout().lock();
    let bytes = io::copy(&mut reader, &mut out)?;
    // The line of JSON begins on its own.
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(Done { ops: 1, bytes })
}

/// Uploads the folder `--file` below `--key`, and downloads it again beside.
fn copy_dir(bucket: &BucketClient, options: &Options) -> Outcome {
    let prefix = format!("{}/", options.key);
    let up = bucket.upload_dir(&options.file, &prefix).task_num(options.workers).send()?.into_result()?;
    let back = options.file.with_extension("back");
    let down = bucket.download_dir(&prefix, back).task_num(options.workers).send()?.into_result()?;
    Ok(Done { ops: up.succeeded + down.succeeded, bytes: up.bytes + down.bytes })
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    getrusage(UsageWho::RUSAGE_SELF).map_or(f64::NAN, |usage| {
        (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
    })
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.peekable();
        if arguments.peek().is_some_and(|a| a == "bench") {
            arguments.next();
        }
        let mut options = Self {
            command: arguments.next().ok_or("which sub-command?")?,
            endpoint: String::new(),
            bucket: "bench".to_owned(),
            key: "key".to_owned(),
            file: PathBuf::new(),
            workers: 1,
            part_size: 8 << 20,
            count: 1,
            pages: 1,
            size: 4096,
            checkpoint: false,
        };
        options.checkpoint = options.command == "resume";
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number =
                || value.parse::<u64>().map_err(|_| format!("{name} {value}: a number belongs there"));
            match name.as_str() {
                "--endpoint" => options.endpoint = value,
                "--bucket" => options.bucket = value,
                "--key" => options.key = value,
                "--file" => options.file = value.into(),
                "--workers" => options.workers = number()?.max(1) as usize,
                "--part-size" => options.part_size = number()?,
                "--count" => options.count = number()?,
                "--pages" => options.pages = number()?,
                "--size" => options.size = number()?,
                "--checkpoint" => {
                    options.checkpoint =
                        value.parse().map_err(|_| format!("--checkpoint {value}: true or false"))?;
                }
                "--variant" => return Err(format!("no variant {value}")),
                other => return Err(format!("no option {other}")),
            }
        }
        if options.endpoint.is_empty() {
            return Err("--endpoint is missing".to_owned());
        }
        Ok(options)
    }
}
