//! The one line that an error prints.

use std::error::Error as StdError;
use std::fmt;

use super::Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = inner.operation {
            f.write_str(operation)?;
            if let Some(bucket) = &inner.bucket {
                write!(f, " {}", bucket.escape_debug())?;
                if let Some(key) = &inner.key {
                    write!(f, "/{}", key.escape_debug())?;
                }
            }
            f.write_str(": ")?;
        }
        let mut said = false;
        if let Some(status) = self.status() {
            write!(f, "{status}")?;
            match self.code() {
                Some(code) => write!(f, " {}", Token(code))?,
                None => {
                    if let Some(reason) = self.reason().filter(|reason| !reason.is_empty()) {
                        write!(f, " {}", Token(reason))?;
                    }
                }
            }
            said = true;
        }
        if let Some(message) = self.message().filter(|m| !m.is_empty()) {
            let message = message.trim();
            write!(f, "{}{}", if said { ": " } else { "" }, OneLine(message))?;
            said = true;
        }
        if !said {
            write!(f, "{:?}", inner.kind)?;
        }
        // The cause belongs to the line: whoever pastes it has no chance to walk `source()`.
        let mut cause = inner.source.as_deref().map(|s| s as &dyn StdError);
        while let Some(error) = cause {
            write!(f, ": {}", OneLine(&error.to_string()))?;
            cause = error.source();
        }
        if inner.attempts > 0 {
            f.write_str(" (")?;
            if let Some(id) = self.request_id() {
                write!(f, "request-id {}, ", Token(id))?;
            }
            let plural = if inner.attempts == 1 { "" } else { "s" };
            write!(f, "{} attempt{plural}, {:.1} s)", inner.attempts, inner.elapsed.as_secs_f64())?;
        }
        Ok(())
    }
}

/// Text without line breaks, cut where it is endless.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LIMIT: usize = 500;
        for (n, word) in self.0.chars().enumerate() {
            if n == LIMIT {
                return f.write_str("…");
            }
            let printed = if word.is_control() { ' ' } else { word };
            fmt::Write::write_char(f, printed)?;
        }
        Ok(())
    }
}

/// A code or an id as the server wrote it: one line whatever is in it, and cut where it is none.
struct Token<'a>(&'a str);

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LIMIT: usize = 100;
        for (n, c) in self.0.escape_debug().enumerate() {
            if n == LIMIT {
                return f.write_str("…");
            }
            fmt::Write::write_char(f, c)?;
        }
        Ok(())
    }
}
