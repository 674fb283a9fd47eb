//! Whatever is changed in a recorded vector must be noticed: a check that cannot fail proves nothing.

use conformance::{Suite, Vector, Verdict, load, run};
use serde_json::{Map, Value, json};

/// A way to a value.
type Path = Vec<Step>;

#[derive(Debug, Clone)]
enum Step {
    Member(String),
    Item(usize),
}

fn member(name: &str) -> Step {
    Step::Member(name.to_owned())
}

fn at<'v>(vector: &'v mut Vector, path: &[Step]) -> &'v mut Value {
    let (Step::Member(first), rest) = path.split_first().unwrap() else { panic!("a vector is an object") };
    rest.iter().fold(vector.json.get_mut(first).unwrap(), |value, step| match step {
        Step::Member(name) => value.get_mut(name).unwrap(),
        Step::Item(index) => value.get_mut(index).unwrap(),
    })
}

/// All values below one that hold no others.
fn leaves(value: &Value, path: &Path, found: &mut Vec<Path>) {
    let mut below = |step: Step, value: &Value| {
        let mut path = path.clone();
        path.push(step);
        leaves(value, &path, found);
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(name, value)| below(member(name), value));
        }
        Value::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(index, value)| below(Step::Item(index), value));
        }
        _ => found.push(path.clone()),
    }
}

/// Another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(b) => json!(!b),
        Value::Number(n) => json!(n.as_u64().unwrap() + 1),
        Value::String(text) if text.starts_with('<') => json!(other_document(text)),
        Value::String(text) => json!(other_text(text)),
        Value::Null => json!("x"),
        Value::Array(_) => json!(["x"]),
        Value::Object(_) => json!({"x": "x"}),
    }
}

fn other_text(text: &str) -> String {
    let mut changed: String = text.to_owned();
    let last = changed.pop();
    changed.push(if last == Some('Q') { 'R' } else { 'Q' });
    changed
}

/// Changes a text in a document or, where there is none, adds an element.
fn other_document(xml: &str) -> String {
    let texts = xml.match_indices('>').map(|(at, _)| at + 1);
    match texts.rev().find(|at| xml[*at..].find('<').is_some_and(|end| end > 0)) {
        Some(at) => format!("{}x{}", &xml[..at], &xml[at..]),
        None => {
            let (root, rest) = xml.split_at(xml.find([' ', '/', '>']).unwrap());
            format!("{root}x{}", rest.replace(&format!("/{}>", &root[1..]), &format!("/{}x>", &root[1..])))
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What may differ without being a fault: parts of a recorded request that follow from how a document was written.
fn may_differ(vector: &Vector, request: &Value, path: &[Step]) -> bool {
    let names: Vec<&str> = path
        .iter()
        .filter_map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Item(_) => None,
        })
        .collect();
    let document = ["xml", "json"].contains(&text(request, "body_kind"));
    match names.as_slice() {
        // How it was sent, and what kind of body it is: they say how to compare.
        [.., "transfer" | "body_kind"] => true,
        [.., "headers", "content-length" | "content-md5"] if document => true,
        [.., "headers", "content-length"] => text(request, "body_kind") == "empty",
        [.., "headers", "transfer-encoding"] => true,
        // In the suite `requests` the signature is verified by the recorded text.
        [.., "headers", "authorization"] => {
            vector.suite == Suite::Requests || document && request["headers"].get("content-md5").is_some()
        }
        [.., "body", _] => text(request, "body_kind") == "empty",
        _ => false,
    }
}

fn mutations(vector: &Vector) -> Vec<Path> {
    let mut found = Vec::new();
    let mut below = |name: &str| leaves(vector.get(name), &vec![member(name)], &mut found);
    match vector.suite {
        Suite::Requests => {
            below("request");
            // The canonical request of v4 is the SDK's own.
            if vector.get("string_to_sign_kind").is_null() && vector.get("string_to_sign").is_string() {
                below("string_to_sign");
            }
        }
        Suite::Responses => below("parsed"),
        Suite::Urls => {
            ["signedUrl", "actualSignedRequestHeaders", "string_to_sign"].map(below).into_iter().collect()
        }
        Suite::Post => {
            below("result");
            // Our own text is signed, not the recorded one.
            found.retain(|path| !matches!(&path[1], Step::Member(m) if m == "policy" || m == "signature"));
        }
        Suite::Flows => {
            below("requests");
            below("parsed");
        }
    }
    found.retain(|path| match &path[..] {
        [Step::Member(first), ..] if first == "request" => !may_differ(vector, vector.get("request"), path),
        [Step::Member(first), Step::Item(n), ..] if first == "requests" => {
            !may_differ(vector, &vector.get("requests")[*n], path)
        }
        [Step::Member(first), Step::Member(part), rest @ ..] if first == "parsed" => {
            !result_may_differ(vector.get("parsed"), part, rest)
        }
        _ => true,
    });
    found
}

fn result_may_differ(parsed: &Value, part: &str, rest: &[Step]) -> bool {
    match (part, rest) {
        ("body", _) => parsed["status"].as_u64().unwrap() >= 300,
        ("header", [Step::Item(n), ..]) => {
            ["connection", "content-length", "date"].contains(&parsed["header"][*n][0].as_str().unwrap())
        }
        // Nothing is required of headers beyond the recorded ones.
        ("header", []) => true,
        _ => false,
    }
}

fn vectors() -> Vec<Vector> {
    let all = load(&[concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors")]).unwrap();
    all.into_iter().filter(|v| run(v) == Verdict::Passed).collect()
}

#[test]
fn every_change_is_noticed() {
    let mut unnoticed = Vec::new();
    let mut count = 0;
    for vector in vectors() {
        for path in mutations(&vector) {
            let mut changed = vector.clone();
            let value = at(&mut changed, &path);
            let before = value.clone();
            *value = other(&before);
            count += 1;
            if matches!(run(&changed), Verdict::Passed) {
                unnoticed.push(format!("{} {path:?}: {before} -> {}", vector.id, other(&before)));
            }
        }
    }
    assert!(
        unnoticed.is_empty(),
        "{} of {count} changes went unnoticed:\n{}",
        unnoticed.len(),
        unnoticed.join("\n")
    );
    assert!(count > 5000, "only {count} changes were tried");
}

/// A header, a query item or a member that we send and that was not recorded.
#[test]
fn what_is_too_much_is_noticed() {
    let mut count = 0;
    for vector in vectors().into_iter().filter(|v| v.suite == Suite::Requests) {
        let headers: Vec<String> =
            vector.get("request")["headers"].as_object().unwrap().keys().cloned().collect();
        for name in headers {
            if ["content-length", "date", "host", "transfer-encoding"].contains(&name.as_str()) {
                continue;
            }
            let mut changed = vector.clone();
            at(&mut changed, &[member("request"), member("headers")]).as_object_mut().unwrap().remove(&name);
            assert!(matches!(run(&changed), Verdict::Failed(_)), "{} without {name}", vector.id);
            count += 1;
        }
        if !text(vector.get("request"), "query").is_empty() {
            let mut changed = vector.clone();
            *at(&mut changed, &[member("request"), member("query")]) = json!("");
            assert!(matches!(run(&changed), Verdict::Failed(_)), "{} without a query", vector.id);
            count += 1;
        }
    }
    assert!(count > 500, "only {count} changes were tried");
}

/// An argument or member that the runner does not know.
#[test]
fn what_is_unknown_is_noticed() {
    for vector in vectors() {
        let mut models = vec![vec![member("args")], vec![member("client")]];
        leaves(vector.get("args"), &vec![member("args")], &mut models);
        for mut path in models {
            if path.len() > 1 {
                path.pop();
            }
            let mut changed = vector.clone();
            let Value::Object(map) = at(&mut changed, &path) else { continue };
            map.insert("surprise".to_owned(), json!("x"));
            // Names in these are the caller's.
            let free =
                ["metadata", "headers", "queryParams", "formParams", "objectHeaders", "rules", "accesslabel"];
            let is_free =
                path.iter().any(|step| matches!(step, Step::Member(m) if free.contains(&m.as_str())));
            if is_free && matches!(run(&changed), Verdict::Passed) {
                continue;
            }
            match run(&changed) {
                Verdict::Failed(_) => {}
                verdict => panic!("{} with a surprise at {path:?}: {verdict:?}", vector.id),
            }
        }
    }
}

#[test]
fn an_unknown_operation_is_a_failure() {
    let json = json!({"id": "x", "op": "noSuchOperation", "client": {}, "args": {}, "request": Map::new()});
    let Verdict::Failed(why) = run(&Vector::of(json).unwrap()) else { panic!("it passed") };
    assert_eq!(why, ["the vector cannot be run: unknown operation \"noSuchOperation\""]);
}
