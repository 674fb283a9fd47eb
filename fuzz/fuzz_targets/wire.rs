#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| obs_tests::inputs::wire(data));
