//! Pages of sorted keys, grouped by a delimiter.

/// What is asked of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageQuery<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: &'a str,
    /// The group (or key) that the page before ended with.
    pub(crate) marker: &'a str,
    pub(crate) limit: usize,
}

/// One page.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) items: Vec<(&'a str, T)>,
    /// Groups: keys cut after the first delimiter behind the prefix.
    pub(crate) groups: Vec<&'a str>,
    pub(crate) truncated: bool,
    /// What came last: a group, or the last of `items`.
    pub(crate) ended_with_group: bool,
}

impl<'a, T> Page<'a, T> {
    /// Fills a page from entries that are sorted by key and begin where the page begins.
    pub(crate) fn collect(entries: impl Iterator<Item = (&'a str, T)>, query: PageQuery<'_>) -> Self {
        let mut page =
            Self { items: Vec::new(), groups: Vec::new(), truncated: false, ended_with_group: false };
        if query.limit == 0 {
            return page;
        }
        for (key, value) in entries {
            let Some(rest) = key.strip_prefix(query.prefix) else {
                if key > query.prefix {
                    break;
                }
                continue;
            };
            let group = (!query.delimiter.is_empty())
                .then(|| rest.find(query.delimiter))
                .flatten()
                .map(|position| &key[..query.prefix.len() + position + query.delimiter.len()]);
            if group.is_some_and(|group| group == query.marker || page.groups.last() == Some(&group)) {
                continue;
            }
            if page.items.len() + page.groups.len() == query.limit {
                page.truncated = true;
                break;
            }
            page.ended_with_group = group.is_some();
            match group {
                Some(group) => page.groups.push(group),
                None => page.items.push((key, value)),
            }
        }
        page
    }

    /// The group or key that the page ends with.
    pub(crate) fn last(&self) -> Option<&'a str> {
        if self.ended_with_group {
            self.groups.last().copied()
        } else {
            self.items.last().map(|(key, _)| *key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 8] = ["a", "b/1", "b/2", "b/c/3", "c", "d//", "d/x", "e"];

    fn pages(prefix: &str, delimiter: &str, limit: usize) -> Vec<String> {
        let (mut seen, mut marker) = (Vec::new(), String::new());
        loop {
            let after = KEYS.iter().filter(|key| **key > marker.as_str()).map(|key| (*key, ()));
            let query = PageQuery { prefix, delimiter, marker: &marker, limit };
            let page = Page::collect(after, query);
            assert!(page.items.len() + page.groups.len() <= limit);
            seen.extend(page.items.iter().map(|(key, ())| (*key).to_owned()));
            seen.extend(page.groups.iter().map(|group| format!("[{group}]")));
            match page.last() {
                Some(last) if page.truncated => marker = last.to_owned(),
                _ => break,
            }
        }
        seen.sort();
        seen
    }

    #[test]
    fn every_page_size_gives_the_same_list() {
        for limit in 1..10 {
            assert_eq!(pages("", "", limit).len(), 8);
            assert_eq!(pages("", "/", limit), ["[b/]", "[d/]", "a", "c", "e"]);
            assert_eq!(pages("b/", "/", limit), ["[b/c/]", "b/1", "b/2"]);
            assert_eq!(pages("d/", "/", limit), ["[d//]", "d/x"]);
            assert!(pages("x", "/", limit).is_empty());
        }
    }

    #[test]
    fn a_full_last_page_is_not_truncated() {
        let query = PageQuery { prefix: "b/", delimiter: "", marker: "", limit: 3 };
        let page = Page::collect(KEYS.iter().map(|key| (*key, ())), query);
        assert_eq!((page.items.len(), page.truncated), (3, false));
        let none = Page::collect(KEYS.iter().map(|key| (*key, ())), PageQuery { limit: 0, ..query });
        assert!(!none.truncated && none.items.is_empty());
    }
}
