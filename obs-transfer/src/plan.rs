//! How bytes are cut into parts. Pure: sizes in, sizes out.

use crate::error::{Error, ErrorKind};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The smallest part but for the last one.
pub(crate) const MIN_PART_SIZE: u64 = 100 * KIB;
/// The largest part.
pub(crate) const MAX_PART_SIZE: u64 = 5 * GIB;
/// The smallest range that a reader asks for.
const MIN_RANGE: u64 = 4 * KIB;
/// The most parts of one upload.
pub(crate) const MAX_PARTS: u32 = 10_000;
/// The largest object that parts can make: 48.8 TiB.
pub(crate) const MAX_OBJECT_SIZE: u64 = MAX_PART_SIZE * MAX_PARTS as u64;
/// The largest object that one call copies.
pub(crate) const MAX_COPY_SIZE: u64 = 5 * GIB;
/// The part size of copies unless the caller names one: no bytes pass through here, so there is nothing to keep small.
pub(crate) const DEFAULT_COPY_PART_SIZE: u64 = 64 * MIB;
/// The part size of uploads unless the caller names one.
pub(crate) const DEFAULT_UPLOAD_PART_SIZE: u64 = 9 * MIB;
/// The part size of streams unless the caller names one: they hold some parts in memory.
pub(crate) const DEFAULT_STREAM_PART_SIZE: u64 = 4 * MIB;
/// The part size of downloads unless the caller names one.
pub(crate) const DEFAULT_DOWNLOAD_PART_SIZE: u64 = 5 * MIB;

/// One range of bytes that travels in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Counted from 1, as OBS counts.
    pub(crate) number: u32,
    /// Where it starts, in bytes.
    pub(crate) offset: u64,
    /// How long it is, in bytes.
    pub(crate) len: u64,
}

/// All parts of `size` bytes: equal ones but for the last, at most 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    size: u64,
    part_size: u64,
    count: u32,
}

impl Plan {
    /// The parts of an upload or copy. A part size outside 100 KiB..5 GiB is moved to the nearer end, as the official
    /// SDKs do, and one that would make more than 10,000 parts grows just enough. Nothing to send is one empty part.
    pub(crate) fn upload(size: u64, part_size: u64) -> Result<Self, Error> {
        if size > MAX_OBJECT_SIZE {
            let text = format!(
                "{size} bytes are more than one object can hold ({MAX_OBJECT_SIZE} bytes, 48.8 TiB): split the data"
            );
            return Err(Error::new(ErrorKind::TooLarge, text));
        }
        let mut plan = Self::new(size, part_size.clamp(MIN_PART_SIZE, MAX_PART_SIZE));
        plan.count = plan.count.max(1);
        Ok(plan)
    }

    /// The parts of a download, by the same rules: the service would give any range, but a smaller one costs more than it brings, and
    /// more than 10,000 would burst the checkpoint. Nothing to fetch is no part.
    pub(crate) fn download(size: u64, part_size: u64) -> Self {
        Self::new(size, part_size.clamp(MIN_PART_SIZE, MAX_PART_SIZE))
    }

    /// One part, however large. Nothing to move is no part.
    pub(crate) fn whole(size: u64) -> Self {
        Self { size, part_size: size.max(1), count: u32::from(size > 0) }
    }

    /// The ranges of a reader, as many as there are: no checkpoint keeps them. One of fewer than 4 KiB, and more of them than a
    /// number can count, are corrected.
    pub(crate) fn ranges(size: u64, part_size: u64) -> Self {
        let part_size = part_size.max(size.div_ceil(u64::from(u32::MAX - 1))).max(MIN_RANGE);
        Self { size, part_size, count: u32::try_from(size.div_ceil(part_size)).unwrap_or(u32::MAX - 1) }
    }

    /// The number of the part that holds this offset.
    pub(crate) fn number_at(&self, offset: u64) -> u32 {
        u32::try_from(offset / self.part_size + 1).unwrap_or(u32::MAX)
    }

    /// `part_size` is not 0.
    fn new(size: u64, part_size: u64) -> Self {
        let part_size = part_size.max(size.div_ceil(u64::from(MAX_PARTS)));
        let count = size.div_ceil(part_size);
        // Never more than MAX_PARTS, by the line above.
        Self { size, part_size, count: u32::try_from(count).unwrap_or(MAX_PARTS) }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The size of all parts but the last.
    pub(crate) fn part_size(&self) -> u64 {
        self.part_size
    }

    /// How many parts there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The part of that number, counted from 1.
    pub(crate) fn part(&self, number: u32) -> Option<Part> {
        if !(1..=self.count).contains(&number) {
            return None;
        }
        let offset = u64::from(number - 1) * self.part_size;
        Some(Part { number, offset, len: self.part_size.min(self.size - offset) })
    }

    /// All parts in order.
    pub(crate) fn parts(&self) -> impl DoubleEndedIterator<Item = Part> + use<> {
        let plan = *self;
        (1..=plan.count).filter_map(move |number| plan.part(number))
    }
}

/// The sizes of parts of a stream whose end is not in sight.
///
/// Without a hint the first 1,000 parts have the first size, so that common streams need little memory; from there on
/// the size doubles in even steps until it meets 5 GiB at part 5,001. So any stream up to 24.4 TiB fits, whatever the
/// first size, and a part stays below 1 % of what went before it once there are 1,000. All 48.8 TiB fit only in parts
/// of nearly 5 GiB from the very first, which nobody wants to hold; a caller who expects that much says so, and the
/// first size becomes what [`Plan::upload`] would choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Growing {
    first: u64,
    /// After how many parts the size doubles, beyond the first `LEVEL_PARTS`.
    step: u32,
}

impl Growing {
    const LEVEL_PARTS: u32 = 1_000;
    const RAMP_PARTS: u32 = 4_000;

    /// `part_size` is clamped as for uploads; `expected` is the caller's guess of the whole, in bytes.
    pub(crate) fn new(part_size: u64, expected: Option<u64>) -> Result<Self, Error> {
        let first = Plan::upload(expected.unwrap_or(0), part_size)?.part_size();
        let doublings = (MAX_PART_SIZE.div_ceil(first)).next_power_of_two().trailing_zeros();
        Ok(Self { first, step: Self::RAMP_PARTS / doublings.max(1) })
    }

    /// The size of the part of that number (from 1); none beyond the 10,000th.
    pub(crate) fn part_size(&self, number: u32) -> Option<u64> {
        if !(1..=MAX_PARTS).contains(&number) {
            return None;
        }
        let Some(ramp) = (number - 1).checked_sub(Self::LEVEL_PARTS) else {
            return Some(self.first);
        };
        let doublings = 1 + ramp / self.step;
        // 5 GiB is 2^16 times the smallest part: more doublings than that change nothing.
        Some(self.first.saturating_mul(1 << doublings.min(20)).min(MAX_PART_SIZE))
    }

    /// How long a stream may be.
    pub(crate) fn capacity(&self) -> u64 {
        (1..=MAX_PARTS).filter_map(|number| self.part_size(number)).sum()
    }

    /// The error for a stream that goes on after the last part.
    pub(crate) fn exceeded(&self) -> Error {
        let text = format!(
            "the stream is longer than {} bytes, what its part sizes can hold: name a larger part size or the expected \
             size (one object holds at most {MAX_OBJECT_SIZE} bytes, 48.8 TiB)",
            self.capacity()
        );
        Error::new(ErrorKind::TooLarge, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes of all magnitudes up to the limit, the neighbours of every edge among them.
    fn sizes() -> impl Iterator<Item = u64> {
        let mut random = fastrand::Rng::with_seed(28);
        let edges = [
            0,
            MIN_PART_SIZE,
            DEFAULT_UPLOAD_PART_SIZE,
            MAX_PART_SIZE,
            MAX_PART_SIZE * 9_999,
            MAX_OBJECT_SIZE,
        ]
        .into_iter()
        .flat_map(|edge| [edge.saturating_sub(1), edge, (edge + 1).min(MAX_OBJECT_SIZE)]);
        let ten_thousand = [MIN_PART_SIZE, DEFAULT_UPLOAD_PART_SIZE, DEFAULT_DOWNLOAD_PART_SIZE]
            .into_iter()
            .flat_map(|part| [part * 10_000 - 1, part * 10_000, part * 10_000 + 1]);
        let random = (0..3_000).map(move |_| random.u64(0..=MAX_OBJECT_SIZE) >> random.u32(0..46));
        edges.chain(ten_thousand).chain(random)
    }

    fn part_sizes() -> [u64; 8] {
        [0, 1, MIN_PART_SIZE, 5_000_001, DEFAULT_UPLOAD_PART_SIZE, 64 * MIB, MAX_PART_SIZE, u64::MAX]
    }

    /// The parts follow one another without a gap from 0 to the end; checked at both ends and at random spots.
    fn check_cover(plan: &Plan) {
        let count = plan.count();
        assert!(count <= MAX_PARTS);
        assert_eq!(plan.part(0), None);
        assert_eq!(plan.part(count + 1), None);
        let spots = [1, 2, count / 2, count.saturating_sub(1), count];
        for number in spots.into_iter().filter(|number| (1..=count).contains(number)) {
            let part = plan.part(number).unwrap();
            let before =
                if number == 1 { 0 } else { plan.part(number - 1).map(|p| p.offset + p.len).unwrap() };
            assert_eq!((part.number, part.offset), (number, before));
            if number < count {
                assert_eq!(part.len, plan.part_size());
            } else {
                assert_eq!(part.offset + part.len, plan.size());
            }
            assert!(part.len > 0 || plan.size() == 0);
        }
    }

    #[test]
    fn uploads_keep_every_limit() {
        for size in sizes() {
            for wanted in part_sizes() {
                let plan = Plan::upload(size, wanted).unwrap();
                check_cover(&plan);
                assert!(plan.count() >= 1);
                assert!((MIN_PART_SIZE..=MAX_PART_SIZE).contains(&plan.part_size()), "{size} / {wanted}");
                let clamped = wanted.clamp(MIN_PART_SIZE, MAX_PART_SIZE);
                assert!(plan.part_size() == clamped || plan.part_size() == size.div_ceil(10_000));
                assert!(plan.part_size() >= clamped);
            }
        }
    }

    #[test]
    fn downloads_cover_any_size_in_parts_as_large_as_those_of_uploads() {
        for size in sizes().chain([u64::MAX, MAX_OBJECT_SIZE + 1]) {
            for wanted in part_sizes() {
                let plan = Plan::download(size, wanted);
                check_cover(&plan);
                if let Ok(upload) = Plan::upload(size, wanted) {
                    assert_eq!((plan.part_size(), plan.count().max(1)), (upload.part_size(), upload.count()));
                }
            }
            if let Some(whole) = Plan::whole(size).parts().next() {
                assert_eq!((whole.offset, whole.len, Plan::whole(size).count()), (0, size, 1));
            }
        }
    }

    #[test]
    fn every_part_of_whole_plans() {
        for (size, part_size) in
            [(95_000_000_000, DEFAULT_UPLOAD_PART_SIZE), (MIN_PART_SIZE * 3 + 1, MIN_PART_SIZE)]
        {
            let plan = Plan::upload(size, part_size).unwrap();
            let mut end = 0;
            for (index, part) in plan.parts().enumerate() {
                assert_eq!((part.number as usize, part.offset), (index + 1, end));
                end += part.len;
            }
            assert_eq!(end, size);
            assert_eq!(plan.parts().count(), plan.count() as usize);
            assert_eq!(plan.parts().next_back(), plan.part(plan.count()));
        }
    }

    #[test]
    fn nothing_exactly_one_part_and_one_byte_more() {
        let one = 200 * KIB;
        let lens = |plan: Plan| plan.parts().map(|part| part.len).collect::<Vec<_>>();
        assert_eq!(lens(Plan::upload(0, one).unwrap()), [0]);
        assert_eq!(lens(Plan::upload(one, one).unwrap()), [one]);
        assert_eq!(lens(Plan::upload(one + 1, one).unwrap()), [one, 1]);
        assert_eq!(lens(Plan::download(0, one)), [0_u64; 0]);
        assert_eq!(lens(Plan::download(one, one)), [one]);
        assert_eq!(lens(Plan::download(one + 1, one)), [one, 1]);
    }

    #[test]
    fn beyond_the_largest_object_is_refused() {
        let error = Plan::upload(MAX_OBJECT_SIZE + 1, MAX_PART_SIZE).unwrap_err();
        assert!(error.is_too_large());
        assert!(error.to_string().contains("48.8 TiB"), "{error}");
        assert!(Plan::upload(u64::MAX, 0).is_err());
    }

    #[test]
    fn growing_parts_stay_small_first_and_hold_24_tib() {
        const TIB: u64 = 1 << 40;
        for wanted in part_sizes() {
            let growing = Growing::new(wanted, None).unwrap();
            let first = wanted.clamp(MIN_PART_SIZE, MAX_PART_SIZE);
            let (mut before, mut last) = (0, 0);
            for number in 1..=MAX_PARTS {
                let size = growing.part_size(number).unwrap();
                assert!((MIN_PART_SIZE..=MAX_PART_SIZE).contains(&size));
                assert!(size >= last, "a part may not be smaller than the one before it");
                assert!(number > 1_000 || size == first);
                assert!(number <= 1_000 || size <= before / 100, "part {number} of {size} after {before}");
                (before, last) = (before + size, size);
            }
            assert_eq!(before, growing.capacity());
            assert!(before >= 24 * TIB, "{wanted}: {before}");
            assert_eq!((growing.part_size(0), growing.part_size(10_001)), (None, None));
        }
    }

    #[test]
    fn growing_parts_hold_what_is_expected_up_to_the_limit() {
        for size in sizes() {
            let growing = Growing::new(DEFAULT_UPLOAD_PART_SIZE, Some(size)).unwrap();
            assert!(growing.capacity() >= size, "{size}");
        }
        assert!(Growing::new(0, Some(MAX_OBJECT_SIZE + 1)).unwrap_err().is_too_large());
    }
}
