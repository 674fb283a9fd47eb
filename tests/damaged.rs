//! The targets of `fuzz` with the inputs of its corpus, and those damaged.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use obs_tests::inputs::TARGETS;

const SEED: u64 = 20_260_102;
/// What parsers stumble over.
const TOKENS: [&[u8]; 17] = [
    b"\0",
    b"\r\n",
    b"<",
    b"&#x0;",
    b"%",
    b"%zz",
    b"://",
    b"@",
    b"[::1]",
    b"-1",
    b"18446744073709551616",
    b"\xff\xfe",
    b"\"",
    b"{{",
    b"\r\n\r\n",
    b"0\r\n",
    b"transfer-encoding: chunked\r\n",
];

fn damaged(rng: &mut Rng, input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=bytes.len());
        let end = (at + rng.usize(..12)).min(bytes.len());
        match rng.u8(..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, input[..end.min(input.len())].to_vec())),
            3 => drop(bytes.splice(at..end, TOKENS[rng.usize(..TOKENS.len())].to_vec())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.u8(..8);
                }
            }
        }
    }
    bytes
}

#[test]
fn damaged_inputs_end_with_a_result_or_an_error() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in TARGETS {
        let mut rng = Rng::with_seed(SEED);
        let mut files: Vec<_> =
            fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "no corpus for {name}");
        let inputs: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
        inputs.iter().for_each(|input| target(input));
        let times = match name {
            // `tests/decode.rs` has a hundred thousand of these
            "body" => 50,
            "checkpoint" => 1000,
            "names" => 500,
            _ => 3000,
        };
        for _ in 0..times {
            let chosen = rng.usize(..inputs.len());
            let input = damaged(&mut rng, &inputs[chosen]);
            let shown = String::from_utf8_lossy(&input).into_owned();
            let end = std::panic::catch_unwind(|| target(&input));
            assert!(end.is_ok(), "{name}: {shown:?}");
        }
    }
}
