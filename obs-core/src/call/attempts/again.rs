//! Answers after which the same request goes out once more, at once: to another place, in another protocol, with another time. And what
//! a refusal tells the pace of all calls.

use std::time::{Duration, SystemTime};

use obs_sign::{Dialect, Method};

use super::{CREATE_BUCKET, Call, Failure, Outcome};
use crate::call::prepare::Prepared;
use crate::call::redirect::{self, Current};
use crate::call::{clock, failure};
use crate::code;
use crate::config::Signature;
use crate::credentials::{CredentialsNeed, are_same};
use crate::error::Error;
use crate::operation::Head;

impl Call<'_> {
    /// Follows a redirect, or makes an error of one that must not be followed.
    pub(super) fn redirected(&mut self, method: Method, head: &Head, from: &Prepared) -> Option<Outcome> {
        let endpoint = &self.inner.config.endpoint;
        let current = Current { origin: &from.origin, host: &from.host, signed: from.signed };
        match redirect::of_answer(head, method, endpoint, &current)? {
            Ok(there) => {
                self.redirects += 1;
                if self.redirects >= self.inner.config.max_redirect_count {
                    return None;
                }
                log::info!(target: "obs::retry", "{}: redirected to {}", head.status(), there.origin);
                self.redirect = Some(there);
                self.last = Some(failure::read(method, head.clone(), &mut std::io::empty()));
                Some(Outcome::Again)
            }
            Err(refusal) => {
                let error = failure::read(method, head.clone(), &mut std::io::empty());
                Some(Failure::answered(error.with_source(refusal.message())))
            }
        }
    }

    /// Tells the pace what a refusal means. An answer to HEAD has no code to say it.
    pub(super) fn keep_pace(&self, error: &Error, sent_at: SystemTime, now: SystemTime) {
        let pace = &self.inner.shared.pace;
        if error.is_throttled() || error.status() == Some(503) && error.sent_code().is_none() {
            pace.throttled(sent_at, now);
        } else if error.status().is_some_and(|status| status >= 400) {
            pace.answered(now);
        }
    }

    /// A service that does not speak the protocol that was negotiated for a bucket that is not there yet says so.
    pub(super) fn change_protocol(&mut self, name: &str, error: &Error, prepared: &Prepared) -> bool {
        let refused = self.inner.config.signature == Signature::Negotiate
            && name == CREATE_BUCKET
            && prepared.dialect == Dialect::Obs
            && error.status() == Some(400)
            && error.message().is_some_and(|m| m.contains("Unsupported Authorization Type"));
        if refused {
            self.dialect = Some(Dialect::V2);
        }
        refused
    }

    /// Asks for others in the place of credentials that the server does not take; whether there are any by now.
    pub(super) fn renew_credentials(&mut self, name: &str, error: &Error, prepared: &Prepared) -> bool {
        let Some(refused) = prepared.credentials.as_ref().filter(|_| !self.renewed && are_refused(error))
        else {
            return false;
        };
        self.renewed = true;
        let Ok(time_left) = self.remaining() else { return false };
        let need = CredentialsNeed { refused: Some(refused), time_left };
        let renewed = match self.inner.credentials.credentials_for(need) {
            Ok(others) => !others.is_anonymous() && !are_same(&others, refused),
            Err(failure) => {
                log::info!(target: "obs::retry", "{name}: no others for the credentials that were refused: {failure}");
                false
            }
        };
        if renewed {
            log::info!(target: "obs::retry", "{name}: again with other credentials than those that were refused: {error}");
        }
        renewed
    }

    /// Learns the server's time from a refusal; whether another attempt with it makes sense.
    pub(super) fn correct_clock(&mut self, error: &Error, prepared: &Prepared) -> bool {
        let inner = self.inner;
        if self.skew_corrected || !prepared.signed || error.status() != Some(403) {
            return false;
        }
        let Some(server) =
            error.headers().and_then(|h| h.get("date")).and_then(|d| httpdate::parse_http_date(d).ok())
        else {
            return false;
        };
        let now = inner.clock.now();
        let signed_at = clock::shift(now, prepared.offset_ms);
        let difference = server.duration_since(signed_at).unwrap_or_else(|e| e.duration());
        // An answer to HEAD has no code; a difference that OBS would refuse speaks for itself. Without any there is
        // nothing to correct.
        let skewed = match error.sent_code() {
            Some(code) => code == code::REQUEST_TIME_TOO_SKEWED && difference > Duration::from_secs(60),
            None => difference > Duration::from_secs(15 * 60),
        };
        if !skewed {
            return false;
        }
        self.skew_corrected = true;
        inner.shared.server_time.learn(now, server);
        log::warn!(target: "obs::retry", "the clock differs from the server's by {difference:?}: signing with the server's time");
        true
    }
}

/// Whether credentials were refused that have expired, or are not known, no more or not yet. Without a code, as of HEAD, it may be so.
fn are_refused(error: &Error) -> bool {
    const CODES: [&str; 5] = [
        code::INVALID_ACCESS_KEY_ID,
        "ExpiredToken",
        "InvalidToken",
        "TokenRefreshRequired",
        "InvalidSecurity",
    ];
    match (error.status(), error.sent_code()) {
        (Some(400 | 401 | 403), Some(sent)) => CODES.contains(&sent),
        (Some(401 | 403), None) => true,
        _ => false,
    }
}
