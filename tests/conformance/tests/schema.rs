//! The runner knows every operation, argument and member that `SCHEMA.md` lists.

use std::collections::BTreeMap;

use conformance::{Vector, Verdict, run};
use serde_json::{Map, Value, json};

/// Name and type of an argument or member.
type Field = (String, Option<String>);

struct Schema {
    operations: BTreeMap<String, Vec<Field>>,
    models: BTreeMap<String, Vec<Field>>,
}

fn schema() -> Schema {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/SCHEMA.md");
    let text = std::fs::read_to_string(path).unwrap();
    let arguments = text.split("<!-- ARGS BEGIN -->").nth(1).unwrap();
    let (mut operations, mut models) = (BTreeMap::new(), BTreeMap::new());
    for line in arguments.lines().filter_map(|l| l.strip_prefix("* **")) {
        let (name, rest) = line.split_once("**").unwrap();
        let inner = rest.trim().get(1..rest.trim().len() - 1).unwrap();
        let fields: Vec<Field> = inner.split(", ").filter(|f| !f.is_empty()).map(field).collect();
        let is_model = rest.trim().starts_with('{');
        (if is_model { &mut models } else { &mut operations }).insert(name.to_owned(), fields);
    }
    Schema { operations, models }
}

/// `` `name`: Type? = default ``
fn field(text: &str) -> Field {
    let text = text.split(" = ").next().unwrap();
    let (name, kind) = text.split_once(": ").map_or((text, None), |(name, kind)| (name, Some(kind)));
    (
        name.trim_end_matches('?').trim_matches('`').to_owned(),
        kind.map(|k| k.trim_end_matches('?').to_owned()),
    )
}

impl Schema {
    fn value(&self, name: &str, kind: Option<&str>) -> Value {
        let Some(kind) = kind else { return untyped(name) };
        if let Some(inner) = kind.strip_prefix('[').and_then(|k| k.strip_suffix(']')) {
            return json!([self.value(name, Some(inner))]);
        }
        let kind = kind.trim_end_matches('*');
        if let Some(fields) = self.models.get(kind) {
            return self.object(fields);
        }
        match kind {
            "string" => json!("x"),
            "int" => json!(1),
            "int/string" => json!("1"),
            "bool" => json!(true),
            "bool/string" => json!("true"),
            "list" if name == "rules" => {
                json!([{"id": "x", "stream": "x", "project": "x", "events": ["x"], "prefix": "x", "suffix": "x", "agency": "x"}])
            }
            "list" => json!(["x"]),
            "Date" => json!({"year": 2026, "month": 1, "day": 2, "hour": 3, "min": 4, "sec": 5}),
            "SSE" => json!({"type": "SSE-C", "encryption": "AES256", "key": {"text": "k"}}),
            "Content" => json!({"stream": {"repeat": "ab", "size": 5}}),
            "File" => json!({"file": {"name": "folder/file.txt", "text": "t"}}),
            other => panic!("{name} is of the unknown type {other}"),
        }
    }

    fn object(&self, fields: &[Field]) -> Value {
        let members = fields.iter().map(|(name, kind)| (name.clone(), self.value(name, kind.as_deref())));
        members.collect::<Map<_, _>>().into()
    }
}

/// Arguments that the table gives no type for.
fn untyped(name: &str) -> Value {
    match name {
        "metadata" | "objectHeaders" | "headers" | "queryParams" | "formParams" => json!({"x-name": "x"}),
        "tags" => json!([{"key": "x", "value": "x"}]),
        "accesslabel" => json!(["x"]),
        "method" => json!("GET"),
        "copySource" => json!("bucket/key"),
        "range" | "copySourceRange" => json!("0-9"),
        flag if ["is", "block", "ignore", "restrict", "load"].iter().any(|p| flag.starts_with(p)) => {
            json!(true)
        }
        // Text and number.
        _ => json!("1"),
    }
}

fn vector(op: &str, args: Value) -> Vector {
    let suite = match op {
        "createSignedUrl" => "signedUrl",
        "createPostSignature" => "result",
        _ => "request",
    };
    let client = json!({
        "access_key_id": "AK", "secret_access_key": "SK", "server": "https://obs.example.com", "signature": "obs",
        "path_style": false, "is_cname": false,
    });
    let now = "2026-01-02T03:04:05Z";
    Vector::of(json!({"id": op, "op": op, "client": client, "args": args, "now": now, suite: {}})).unwrap()
}

#[test]
fn every_argument_is_known() {
    let schema = schema();
    assert!(schema.operations.len() > 100 && schema.models.len() > 50, "the table was not read");
    for (op, fields) in &schema.operations {
        // Their requests are each SDK's own, so no suite has them.
        if op == "uploadFile" || op == "downloadFile" {
            continue;
        }
        let Value::Object(mut args) = schema.object(fields) else { unreachable!() };
        if op != "createSignedUrl" && op != "createPostSignature" {
            let kind = "ExtensionHeader";
            args.insert("extensionHeaders".to_owned(), schema.value("extensionHeaders", Some(kind)));
        }
        match run(&vector(op, args.clone().into())) {
            Verdict::Failed(why) => {
                let unusable = why.iter().find(|w| w.starts_with("the vector cannot be run"));
                assert_eq!(unusable, None, "{op} {}", Value::from(args));
            }
            verdict => panic!("{op}: {verdict:?}"),
        }
        args.insert("surprise".to_owned(), json!(1));
        let Verdict::Failed(why) = run(&vector(op, args.into())) else { panic!("{op} took a surprise") };
        assert_eq!(why, ["the vector cannot be run: unknown arguments: surprise"], "{op}");
    }
}
