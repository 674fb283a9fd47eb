//! Where to, as whom and how: flags, then the environment, then the configuration file.

// What stands here is printed as help, where brackets around an address would be in the way.
#![allow(rustdoc::bare_urls)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use obs_core::{Credentials, ObsClient, SecurityProviderPolicy, Signature};
use serde::Deserialize;

use crate::advice;
use crate::failure::Failure;
use crate::place::duration;

/// What every command can be told about the service.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// The address of the service, such as https://obs.cn-north-4.myhuaweicloud.com [env: OBS_ENDPOINT]
    #[arg(long, value_name = "URL", global = true, hide_short_help = true)]
    endpoint: Option<String>,
    /// Which profile of the configuration file; named here, it comes before the environment [env: OBS_PROFILE] [default: default]
    #[arg(long, value_name = "NAME", global = true, hide_short_help = true)]
    profile: Option<String>,
    /// How requests are signed: that of OBS, or those of S3
    #[arg(long, value_name = "PROTOCOL", global = true, hide_short_help = true)]
    signature: Option<Protocol>,
    /// Put the bucket into the path of URLs, not into the host name
    #[arg(long, global = true, hide_short_help = true)]
    path_style: bool,
    /// The endpoint is a domain that is bound to the bucket
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "path_style")]
    custom_domain: bool,
    /// The region, for signature v4
    #[arg(long, value_name = "REGION", global = true, hide_short_help = true)]
    region: Option<String>,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "FILE", global = true, hide_short_help = true)]
    ca_file: Option<PathBuf>,
    /// Trust the certificates that the operating system trusts, not those of Mozilla
    #[arg(long, global = true, hide_short_help = true, conflicts_with = "ca_file")]
    platform_ca: bool,
    /// Do not check the server's certificate: for tests only
    #[arg(long, global = true, hide_short_help = true)]
    insecure: bool,
    /// Through this proxy, such as http://proxy:3128 [env: HTTPS_PROXY, HTTP_PROXY, NO_PROXY]
    #[arg(long, value_name = "URL", global = true, hide_short_help = true)]
    proxy: Option<String>,
    /// Give up a connection on which nothing moves for so long [default: 60s]
    #[arg(long, value_name = "TIME", global = true, hide_short_help = true, value_parser = duration)]
    timeout: Option<Duration>,
    /// How often a failed call is tried again [default: 3]
    #[arg(long, value_name = "N", global = true, hide_short_help = true)]
    max_retry: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    Obs,
    V2,
    V4,
}

/// The configuration file: profiles by name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// One profile: the flags under their names, and what has no place on a command line.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    endpoint: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    security_token: Option<String>,
    credentials: Option<Source>,
    signature: Option<Protocol>,
    #[serde(default)]
    path_style: bool,
    #[serde(default)]
    custom_domain: bool,
    region: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    platform_ca: bool,
    #[serde(default)]
    insecure: bool,
    proxy: Option<String>,
    proxy_user: Option<String>,
    proxy_password: Option<String>,
    timeout: Option<String>,
    max_retry: Option<u32>,
}

/// Not derived: a profile holds secrets.
impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// Credentials that are not written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// Those of the Elastic Cloud Server.
    Ecs,
    /// None: for what everyone may read.
    Anonymous,
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Connection {
    /// The client.
    pub(crate) fn client(&self) -> Result<ObsClient, Failure> {
        let (profile, chosen) = self.profile()?;
        let from_env = |name| if chosen { None } else { variable(name) };
        let endpoint =
            self.endpoint.clone().or_else(|| from_env("OBS_ENDPOINT")).or_else(|| profile.endpoint.clone());
        let endpoint = endpoint.or_else(|| variable("OBS_ENDPOINT")).ok_or_else(|| {
            Failure::usage(
                "no endpoint: give --endpoint or OBS_ENDPOINT, such as https://obs.cn-north-4.myhuaweicloud.com, or put it into the configuration file",
            )
        })?;
        let mut builder =
            ObsClient::builder().endpoint(endpoint).signature(match self.signature.or(profile.signature) {
                None | Some(Protocol::Obs) => Signature::Obs,
                Some(Protocol::V2) => Signature::V2,
                Some(Protocol::V4) => Signature::V4,
            });
        builder = match credentials(&profile, chosen)? {
            Known::Keys(credentials) => builder.credentials(credentials),
            Known::Ecs => builder.security_provider_policy(SecurityProviderPolicy::Ecs),
        };
        if let Some(region) = self.region.clone().or(profile.region) {
            builder = builder.region(region);
        }
        // What the flags say of the way takes the place of all that the profile says of it
        let flagged = self.path_style || self.custom_domain;
        if self.path_style || (!flagged && profile.path_style) {
            builder = builder.path_style();
        } else if self.custom_domain || (!flagged && profile.custom_domain) {
            builder = builder.custom_domain();
        }
        match (&self.ca_file, profile.ca_file) {
            (Some(file), _) => builder = builder.root_certificates_file(file),
            (None, Some(file)) if !self.platform_ca => builder = builder.root_certificates_file(file),
            (None, _) if self.platform_ca || profile.platform_ca => builder = builder.platform_certificates(),
            _ => {}
        }
        if self.insecure || profile.insecure {
            builder = builder.danger_disable_certificate_verification();
        }
        if let Some(proxy) = &self.proxy {
            if proxy.contains('@') {
                return Err(Failure::usage(
                    "no secret on the command line: put proxy, proxy_user and proxy_password into the configuration file",
                ));
            }
            builder = builder.proxy(proxy);
        } else if let Some(proxy) = profile.proxy {
            builder = builder.proxy(proxy);
            if let (Some(user), Some(password)) = (profile.proxy_user, profile.proxy_password) {
                builder = builder.proxy_credentials(user, password);
            }
        } else {
            builder = builder.proxy_from_env();
        }
        let timeout =
            match (self.timeout, &profile.timeout) {
                (None, Some(text)) => Some(duration(text).map_err(|error| {
                    Failure::usage(format!("the timeout {text:?} of the profile: {error}"))
                })?),
                (timeout, _) => timeout,
            };
        if let Some(timeout) = timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(count) = self.max_retry.or(profile.max_retry) {
            builder = builder.max_retry_count(count);
        }
        builder.build().map_err(|error| Failure::usage(error.to_string()))
    }

    /// The profile, and whether a flag chose it.
    fn profile(&self) -> Result<(Profile, bool), Failure> {
        let named = self.profile.clone().or_else(|| variable("OBS_PROFILE"));
        let Some(path) = config_file() else {
            return match named {
                Some(name) => Err(Failure::usage(format!(
                    "no profile {name:?}: there is no home folder to look for it"
                ))),
                None => Ok((Profile::default(), false)),
            };
        };
        let mut file = read(&path)?.unwrap_or_default();
        match (file.profiles.remove(named.as_deref().unwrap_or("default")), named) {
            (Some(profile), _) => Ok((profile, self.profile.is_some())),
            (None, None) => Ok((Profile::default(), false)),
            (None, Some(name)) => {
                let known: Vec<_> = file.profiles.into_keys().collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(Failure::usage(format!("no profile {name:?} in {} (there are: {known})", path.display())))
            }
        }
    }
}

enum Known {
    Keys(Credentials),
    Ecs,
}

/// Keys, secrets and tokens belong together: all of them come from one place.
fn credentials(profile: &Profile, profile_first: bool) -> Result<Known, Failure> {
    let of_env =
        (variable("OBS_ACCESS_KEY_ID"), variable("OBS_SECRET_ACCESS_KEY"), variable("OBS_SECURITY_TOKEN"));
    let of_profile =
        (profile.access_key_id.clone(), profile.secret_access_key.clone(), profile.security_token.clone());
    let environment = || keys(of_env, "OBS_ACCESS_KEY_ID", "OBS_SECRET_ACCESS_KEY", "the environment");
    let written = || match profile.credentials {
        Some(Source::Ecs) => Ok(Some(Known::Ecs)),
        Some(Source::Anonymous) => {
            advice::without_keys();
            Ok(Some(Known::Keys(Credentials::anonymous())))
        }
        None => keys(of_profile, "access_key_id", "secret_access_key", "the profile"),
    };
    let found = if profile_first {
        match written()? {
            None => environment()?,
            found => found,
        }
    } else {
        match environment()? {
            None => written()?,
            found => found,
        }
    };
    found.ok_or_else(|| {
        Failure::usage(
            "no credentials: set OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY, or put them into the configuration file (credentials = \"anonymous\" there does without)",
        )
    })
}

type Keys = (Option<String>, Option<String>, Option<String>);

fn keys(
    (id, secret, token): Keys,
    id_name: &str,
    secret_name: &str,
    place: &str,
) -> Result<Option<Known>, Failure> {
    let half = |there: &str, missing: &str| {
        Err(Failure::usage(format!("{place} has {there} and lacks {missing}: they belong together")))
    };
    match (id, secret) {
        (Some(id), Some(secret)) => {
            let credentials = Credentials::new(id, secret);
            Ok(Some(Known::Keys(match token {
                Some(token) => credentials.with_security_token(token),
                None => credentials,
            })))
        }
        (Some(_), None) => half(id_name, secret_name),
        (None, Some(_)) => half(secret_name, id_name),
        (None, None) => Ok(None),
    }
}

/// A folder by the rules of XDG: of this variable, or below the home folder.
fn xdg(name: &str, below_home: &str) -> Option<PathBuf> {
    let given = env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given.or_else(|| Some(env::home_dir()?.join(below_home)))
}

/// Where the configuration file is.
fn config_file() -> Option<PathBuf> {
    xdg("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("obs").join("config.toml"))
}

/// Where checkpoints are kept unless a flag says.
pub(crate) fn checkpoint_dir() -> Option<PathBuf> {
    xdg("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("obs").join("checkpoints"))
}

fn read(path: &Path) -> Result<Option<File>, Failure> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::usage(format!("cannot read {}: {error}", path.display()))),
        Ok(text) => text,
    };
    refuse_shared(path)?;
    toml::from_str(&text).map(Some).map_err(|error| {
        // The message alone: the excerpt that comes with it may show a secret
        let line = error
            .span()
            .map_or(1, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        Failure::usage(format!("{}, line {line}: {}", path.display(), error.message().replace('\n', " ")))
    })
}

/// A file with secrets is for its owner alone.
#[cfg(unix)]
fn refuse_shared(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path)
        .map_err(|error| Failure::io(format!("cannot look at {}", path.display()), &error))?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(Failure::usage(format!(
            "{} can be read or written by others, and holds secrets: chmod 600 {}",
            path.display(),
            path.display()
        ))),
    }
}

#[cfg(not(unix))]
fn refuse_shared(_path: &Path) -> Result<(), Failure> {
    Ok(())
}
