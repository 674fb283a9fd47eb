//! An allocator that looks through each block as it is freed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A text that is looked for, and where it was found.
pub(crate) struct Marker {
    pub(crate) name: &'static str,
    bytes: Box<[u8]>,
}

/// What is looked for, once it is known.
static MARKERS: Mutex<Vec<Marker>> = Mutex::new(Vec::new());
static LOOKING: AtomicBool = AtomicBool::new(false);
static BLOCKS: AtomicU64 = AtomicU64::new(0);
/// What was found: in which block, freed by whom.
static FOUND: Mutex<Vec<(&'static str, String)>> = Mutex::new(Vec::new());

thread_local! {
    /// This thread writes down what it found, which takes memory and gives it back.
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// The system's, with a look through what is freed. It does not resize in place: so what a block leaves behind as it grows is freed too.
pub(crate) struct Freed;

#[allow(
    unsafe_code,
    reason = "an allocator cannot be written without; it hands on to the system's what it is told"
)]
// SAFETY: each call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Freed {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that what is never written can be looked through too.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if LOOKING.load(Ordering::Acquire) && !WRITING.with(|writing| writing.replace(true)) {
            look_through(unsafe { std::slice::from_raw_parts(block, layout.size()) });
            WRITING.with(|writing| writing.set(false));
        }
        unsafe { System.dealloc(block, layout) }
    }
}

fn look_through(block: &[u8]) {
    BLOCKS.fetch_add(1, Ordering::Relaxed);
    let markers = MARKERS.lock().unwrap();
    for marker in markers.iter().filter(|marker| holds(block, &marker.bytes)) {
        let freed_by = format!("{} bytes freed by\n{}", block.len(), Backtrace::force_capture());
        FOUND.lock().unwrap().push((marker.name, freed_by));
    }
}

/// Whether a block holds these bytes. By the first of them, which is fast without optimization too.
fn holds(block: &[u8], bytes: &[u8]) -> bool {
    let (mut rest, first) = (block, bytes[0]);
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        if rest[at..].starts_with(bytes) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Begins to look for these.
pub(crate) fn look_for(markers: impl IntoIterator<Item = (&'static str, Vec<u8>)>) {
    let marker = |(name, bytes): (_, Vec<u8>)| Marker { name, bytes: bytes.into() };
    MARKERS.lock().unwrap().extend(markers.into_iter().map(marker));
    LOOKING.store(true, Ordering::Release);
}

/// Who freed memory that held this.
pub(crate) fn found(name: &str) -> Vec<String> {
    WRITING.with(|writing| writing.set(true));
    let found = FOUND.lock().unwrap();
    let of_name = found.iter().filter(|(found, _)| *found == name).map(|(_, by)| by.clone()).collect();
    drop(found);
    WRITING.with(|writing| writing.set(false));
    of_name
}

/// How many blocks were looked through.
pub(crate) fn blocks() -> u64 {
    BLOCKS.load(Ordering::Relaxed)
}
