//! The server as a program.

use obs_emulator::Emulator;
use std::process::ExitCode;

const HELP: &str = "\
An OBS server in one process, for tests

Usage: obs-emulator [OPTIONS]

Options:
  --listen ADDR          Where to listen [default: 127.0.0.1:9000]; port 0 takes a free one
  --data DIR             Where large bodies lie while the server runs [default: the temporary directory]
  --host NAME            Another name of the server; buckets are its sub-domains [default: localhost]
  --domain NAME=BUCKET   A domain that is bound to a bucket
  --tls-cert FILE        Serve TLS with this certificate chain (PEM); needs the feature `tls`
  --tls-key FILE         Its private key (PEM)
  --throttle N           Answer 503 SlowDown beyond N requests per second
  --no-auth              Take every request, signed or not, for one of the owner
  --help                 This text
  --version              The version

Environment:
  OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY   The key that is known, instead of the built-in one

While it runs, clients on the same machine may ask GET /_emulator/requests and /_emulator/counts, and
POST /_emulator/faults (a script, JSON), /_emulator/reset and /_emulator/close-idle.
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("obs-emulator: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut builder = Emulator::builder().listen("127.0.0.1:9000");
    let mut tls = (None, None);
    while let Some(argument) = arguments.next() {
        let (name, mut given) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument, None),
        };
        let mut value = || given.take().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"));
        match name.as_str() {
            "--listen" => builder = builder.listen(value()?),
            "--data" => builder = builder.data_dir(value()?),
            "--host" => builder = builder.base_host(value()?),
            "--domain" => {
                let value = value()?;
                let (domain, bucket) = value.split_once('=').ok_or("--domain must be NAME=BUCKET")?;
                builder = builder.domain(domain, bucket);
            }
            "--tls-cert" => tls.0 = Some(value()?),
            "--tls-key" => tls.1 = Some(value()?),
            "--throttle" => {
                let rate = value()?.parse().map_err(|_| "--throttle must be a whole number")?;
                builder = builder.throttle(rate);
            }
            "--no-auth" => builder = builder.verify_signatures(false),
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            "--version" => {
                println!("obs-emulator {}", env!("CARGO_PKG_VERSION"));
                return Ok(());
            }
            _ => return Err(format!("unknown option {name}; --help lists them")),
        }
    }
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
    let key = match (variable("OBS_ACCESS_KEY_ID"), variable("OBS_SECRET_ACCESS_KEY")) {
        (Some(access), Some(secret)) => {
            builder = builder.account(access.trim(), secret.trim(), Emulator::ACCOUNT_ID);
            access
        }
        (None, None) => Emulator::ACCESS_KEY.to_owned(),
        _ => return Err("OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY must be set together".to_owned()),
    };
    match tls {
        (Some(certificate), Some(key)) => builder = with_tls(builder, &certificate, &key)?,
        (None, None) => {}
        _ => return Err("--tls-cert and --tls-key go together".to_owned()),
    }
    let mut emulator = builder.start().map_err(|error| error.to_string())?;
    println!("endpoint: {}", emulator.endpoint());
    println!("virtual-hosted: {}", emulator.localhost_endpoint());
    println!("access key: {}", key.trim());
    if key == Emulator::ACCESS_KEY {
        println!("secret key: {} (built in)", Emulator::SECRET_KEY);
    } else {
        println!("secret key: that of OBS_SECRET_ACCESS_KEY");
    }
    emulator.wait();
    Ok(())
}

#[cfg(feature = "tls")]
fn with_tls(
    builder: obs_emulator::Builder,
    certificate: &str,
    key: &str,
) -> Result<obs_emulator::Builder, String> {
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    Ok(builder.tls(read(certificate)?, read(key)?))
}

#[cfg(not(feature = "tls"))]
fn with_tls(_: obs_emulator::Builder, _: &str, _: &str) -> Result<obs_emulator::Builder, String> {
    Err("this program was built without the feature `tls`".to_owned())
}
