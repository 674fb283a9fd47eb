//! Clocks that are wrong, and the end of patience.

use std::sync::Barrier;
use std::time::Instant;

use super::*;

const HOURS: Duration = Duration::from_secs(3 * 3600);

/// A server that refuses what was signed more than 15 minutes from its own time.
fn strict(clock: Hand) -> Server {
    Server::new(move |request| {
        let now = clock.now();
        let signed = httpdate::parse_http_date(request.header("date")).unwrap();
        let difference = now.duration_since(signed).unwrap_or_else(|e| e.duration());
        if difference <= Duration::from_secs(15 * 60) {
            return ok();
        }
        let date = httpdate::fmt_http_date(now);
        let body = match request.method {
            Method::Head => "",
            _ => "<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message></Error>",
        };
        answer(403, &[("date", &date)], body)
    })
}

fn wrong_by(shift: impl Fn(u64) -> u64) -> (Hand, Hand) {
    let (right, wrong) = (Hand::default(), Hand::default());
    wrong.now_ms.store(shift(START) * 1000, Ordering::SeqCst);
    (right, wrong)
}

#[test]
fn sixteen_threads_with_a_clock_three_hours_off_all_succeed() {
    let hours = HOURS.as_secs();
    for (right, wrong) in [wrong_by(|t| t + hours), wrong_by(|t| t - hours)] {
        let server = strict(right);
        let client = server.builder().clock(wrong).max_retry_count(0).build().unwrap();
        let barrier = Barrier::new(16);
        std::thread::scope(|scope| {
            for n in 0..16 {
                let (client, barrier) = (client.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    if n % 2 == 0 {
                        client.bucket("b").put_content("k", "v").send().unwrap();
                    } else {
                        client.bucket("b").head_object("k").send().unwrap();
                    }
                });
            }
        });
        assert!(server.count() <= 32);
        let before = server.count();
        client.isolated().bucket("b").head_bucket().send().unwrap();
        assert_eq!(server.count(), before + 1, "what was learned is kept");
        let url = client.bucket("b").get_object("k").presign(Duration::from_secs(100)).unwrap();
        assert!(url.url.contains(&format!("Expires={}&", START + 100)), "{}", url.url);
    }
}

#[test]
fn a_server_that_refuses_its_own_time_is_not_asked_for_ever() {
    let server = Server::new(|request| {
        let date = httpdate::fmt_http_date(
            UNIX_EPOCH + Duration::from_secs(START + 7200 * (request.number as u64 + 1)),
        );
        answer(403, &[("date", &date)], "<Error><Code>RequestTimeTooSkewed</Code></Error>")
    });
    let error = server.client().bucket("b").put_content("k", "v").send().unwrap_err();
    assert_eq!((error.code(), server.count()), (Some("RequestTimeTooSkewed"), 2));
}

#[test]
fn other_refusals_teach_nothing_about_time() {
    let (right, wrong) = wrong_by(|t| t + 7200);
    let date = httpdate::fmt_http_date(right.now());
    let server =
        Server::new(move |_| answer(403, &[("date", &date)], "<Error><Code>AccessDenied</Code></Error>"));
    let client = server.builder().clock(wrong).build().unwrap();
    assert!(client.bucket("b").put_content("k", "v").send().unwrap_err().is_access_denied());
    assert_eq!(server.count(), 1);
}

#[test]
fn the_deadline_bounds_attempts_and_waits() {
    let limit = Duration::from_secs(1);
    let server = Server::new(|_| {
        std::thread::sleep(Duration::from_millis(250));
        answer(500, &[], "")
    });
    let client = server.builder().deadline(limit).max_retry_count(1000).build().unwrap();
    let error = client.bucket("b").head_bucket().send().unwrap_err();
    assert!(server.count() <= 4, "the fifth would begin after the end: {} attempts", server.count());
    // The last answer is the news; that the time was up only ends it.
    assert!(
        error.status() == Some(500) || error.is_timeout() && error.to_string().contains("500"),
        "{error}"
    );
    let left: Vec<_> = server.seen().iter().map(|request| request.deadline.unwrap()).collect();
    assert!(left[0] <= limit && left.windows(2).all(|pair| pair[1] < pair[0]), "{left:?}");

    // A wait that would end beyond it is not begun.
    let limit = Duration::from_secs(10);
    let server = Server::new(|_| answer(503, &[("retry-after", "20")], ""));
    let client = server.builder().clock(crate::config::SystemClock).deadline(limit).build().unwrap();
    let started = Instant::now();
    assert_eq!(client.bucket("b").head_bucket().send().unwrap_err().status(), Some(503));
    assert!(started.elapsed() < limit);
}

#[test]
fn a_client_that_is_shut_down_ends_its_calls() {
    let server = Server::new(|_| answer(503, &[("retry-after", "20")], ""));
    let client = server.builder().clock(crate::config::SystemClock).build().unwrap();
    let closing = client.clone();
    let waiting = std::thread::spawn(move || client.bucket("b").head_bucket().send().unwrap_err());
    while server.count() == 0 {
        std::thread::yield_now();
    }
    let started = Instant::now();
    closing.shutdown();
    let error = waiting.join().unwrap();
    // Of 20 seconds.
    assert!(error.is_cancelled() && started.elapsed() < Duration::from_secs(10), "{error}");
    assert!(closing.bucket("b").head_bucket().send().unwrap_err().is_cancelled());
    assert_eq!(server.count(), 1);
}

/// Credentials that take their time.
#[derive(Debug)]
struct Slow(Duration);

impl crate::CredentialsProvider for Slow {
    fn credentials(&self) -> crate::Result<Credentials> {
        std::thread::sleep(self.0);
        Ok(Credentials::new("AKIDEXAMPLE", "SkExample"))
    }
}

#[test]
fn what_credentials_took_is_no_longer_left() {
    let (limit, slow) = (Duration::from_secs(60), Duration::from_millis(100));
    let server = Server::new(|_| ok());
    let client = server.builder().deadline(limit).credentials_provider(Slow(slow)).build().unwrap();
    client.bucket("b").head_bucket().send().unwrap();
    assert!(server.seen()[0].deadline.unwrap() <= limit - slow);

    let server = Server::new(|_| ok());
    let client = server.builder().deadline(slow / 2).credentials_provider(Slow(slow)).build().unwrap();
    assert!(client.bucket("b").head_bucket().send().unwrap_err().is_timeout());
    assert_eq!(server.count(), 0);
}
