//! Where a call is led, and what it takes along.

use super::*;

fn to(location: &'static str) -> impl Fn(&Seen) -> Answer {
    move |request| if request.number == 0 { answer(307, &[("location", location)], "") } else { ok() }
}

#[test]
fn another_region_gets_the_whole_request_signed_again() {
    let server = Server::new(to("https://b.obs.cn-east-3.example.com/k?x=1"));
    server.client().bucket("b").put_content("k", "Hello").send().unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].url, "https://b.obs.cn-east-3.example.com:443/k?x=1");
    assert_eq!((seen[1].header("host"), &*seen[1].body), ("b.obs.cn-east-3.example.com", &b"Hello"[..]));
    assert!(seen[1].header("authorization").starts_with("OBS AKIDEXAMPLE:"));
}

#[test]
fn a_retry_stays_where_the_call_was_led() {
    let server = Server::new(|request| match request.number {
        0 => answer(307, &[("location", "https://b.obs.cn-east-3.example.com/")], ""),
        1 => answer(500, &[], ""),
        _ => ok(),
    });
    server.client().bucket("b").head_bucket().send().unwrap();
    let hosts: Vec<_> = server.seen().iter().map(|r| r.header("host").to_owned()).collect();
    assert_eq!(hosts[1..], ["b.obs.cn-east-3.example.com", "b.obs.cn-east-3.example.com"]);
}

#[test]
fn the_limit_ends_a_circle() {
    let server = Server::new(|_| answer(307, &[("location", "/")], ""));
    let client = server.builder().max_redirect_count(4).build().unwrap();
    let error = client.bucket("b").head_bucket().send().unwrap_err();
    assert_eq!((error.status(), server.count()), (Some(307), 4));
    assert!(error.to_string().contains("redirect"), "{error}");
}

#[test]
fn credentials_never_leave_the_domain() {
    for location in [
        "https://evil.example.org/k",
        "https://obs.cn-north-4.example.com.evil.org/k",
        "http://b.obs.cn-north-4.example.com/k",
        "//evil.example.org/k",
    ] {
        let server = Server::new(to(location));
        let error = server.client().bucket("b").put_content("k", "Hello").send().unwrap_err();
        assert_eq!((error.status(), server.count()), (Some(307), 1), "{location}");
        assert!(error.to_string().contains("not"), "{error}");
    }
    // A 302 to a GET is fetched without any signature, as browsers would: from anywhere, but over https.
    let server = Server::new(|request| match request.number {
        0 => answer(302, &[("location", "https://cdn.example.org/k")], ""),
        _ => ok(),
    });
    let key = crate::SseC::new([7; 32]);
    server.client().bucket("b").get_object("k").sse(key).send().unwrap();
    let there = &server.seen()[1];
    assert_eq!(there.host(), "cdn.example.org:443");
    for (name, value) in &there.headers {
        let secret = ["authorization", "token", "customer"].iter().any(|part| name.contains(part));
        assert!(!secret, "{name}: {value}");
    }
}

#[test]
fn secret_headers_of_a_signed_url_stay_behind_too() {
    let key = "x-obs-server-side-encryption-customer-key";
    let (abroad, home) = ("https://evil.example.org/k?s=1", "https://b.obs.cn-east-3.example.com/k");
    for (key, location, kept) in [
        (key, abroad, false),
        (key, home, true),
        ("x-auth-token", abroad, false),
        ("x-securitykey-token", abroad, false),
        ("x-obs-meta-token", abroad, true),
    ] {
        let server = Server::new(to(location));
        let client = server.client();
        let url = client
            .create_signed_url(Method::Get)
            .bucket("b")
            .key("k")
            .header(key, "c2VjcmV0")
            .sign()
            .unwrap();
        client.bucket("b").get_object("k").send_signed(&url).unwrap();
        assert_eq!(server.seen()[0].header(key), "c2VjcmV0");
        assert_eq!(server.seen()[1].headers.contains(key), kept, "{key}: {location}");
    }
}
