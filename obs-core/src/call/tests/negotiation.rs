//! Asking for the protocol.

use super::*;
use crate::Signature;

fn speaks(api: &'static str) -> Server {
    Server::new(move |request| match request.method {
        Method::Head if request.url.ends_with("?apiversion") => answer(200, &[("x-obs-api", api)], ""),
        _ => ok(),
    })
}

fn protocols(server: &Server) -> Vec<String> {
    let seen = server.seen();
    seen.iter().map(|r| r.header("authorization").split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_bucket_is_asked_once_and_again_when_the_answer_is_old() {
    let (server, hand) = (speaks("3.0"), Hand::default());
    let client = server.builder().signature(Signature::Negotiate).clock(hand.clone()).build().unwrap();
    for _ in 0..3 {
        client.bucket("b").delete_object("k").send().unwrap();
    }
    assert_eq!(protocols(&server), ["", "OBS", "OBS", "OBS"]);
    hand.advance(Duration::from_secs(899));
    client.clone().bucket("b").delete_object("k").send().unwrap();
    assert_eq!(server.count(), 5);
    hand.advance(Duration::from_secs(2));
    client.bucket("b").delete_object("k").send().unwrap();
    assert_eq!(server.count(), 7);
    client.bucket("c").delete_object("k").send().unwrap();
    assert_eq!(server.count(), 9, "another bucket is asked itself");
    // What is known is used where nothing may be sent.
    let url = client.bucket("c").get_object("k").presign(Duration::from_secs(1)).unwrap();
    assert!(url.url.contains("AccessKeyId=") && !url.url.contains("AWSAccessKeyId="));
    assert_eq!(server.count(), 9);
}

#[test]
fn older_services_are_spoken_to_in_v2() {
    for server in [speaks("2.0"), Server::new(|r| answer(if r.number == 0 { 403 } else { 200 }, &[], ""))] {
        let client = server.builder().signature(Signature::Negotiate).build().unwrap();
        client.bucket("b").delete_object("k").send().unwrap();
        assert_eq!(protocols(&server), ["", "AWS"]);
    }
}

#[test]
fn a_bucket_that_is_not_there_is_the_answer_and_trouble_is_tried_again() {
    let server = Server::new(|_| answer(404, &[], ""));
    let client = server.builder().signature(Signature::Negotiate).build().unwrap();
    let error = client.bucket("b").delete_object("k").send().unwrap_err();
    assert!(error.is_not_found() && error.to_string().starts_with("DeleteObject b"), "{error}");
    assert_eq!(server.count(), 1);

    let server = Server::new(|r| match r.number {
        0 => broken(ErrorKind::Connect),
        1 => answer(503, &[], ""),
        2 => answer(200, &[("x-obs-api", "3.0")], ""),
        _ => ok(),
    });
    let client = server.builder().signature(Signature::Negotiate).build().unwrap();
    client.bucket("b").delete_object("k").send().unwrap();
    assert_eq!(server.count(), 4);
}

#[test]
fn a_bucket_to_be_created_falls_back_to_v2() {
    let server = Server::new(|request| {
        if request.url.ends_with("?apiversion") {
            answer(200, &[("x-obs-api", "3.0")], "")
        } else if request.header("authorization").starts_with("OBS") {
            answer(
                400,
                &[],
                "<Error><Code>InvalidArgument</Code><Message>Unsupported Authorization Type</Message></Error>",
            )
        } else {
            ok()
        }
    });
    let client = server.builder().signature(Signature::Negotiate).build().unwrap();
    client.bucket("new-bucket").create_bucket().send().unwrap();
    assert_eq!(protocols(&server), ["", "OBS", "AWS"]);
    assert_eq!(server.seen()[0].host(), "obs.cn-north-4.example.com", "the service is asked, not the bucket");
}
