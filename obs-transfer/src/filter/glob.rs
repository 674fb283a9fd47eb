//! One pattern.

use crate::error::Error;

/// More alternatives than this in one pattern are a mistake.
const MAX_ALTERNATIVES: usize = 1_000;
/// And more pairs of braces.
const MAX_BRACES: usize = 100;

/// A pattern without braces, anchored at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**`
    Deep,
    /// `**/`: no folder, or several whole ones
    Folders,
    /// Where [`Folders`](Self::Folders) is inside a name; follows each.
    InFolders,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// One for each combination of the alternatives.
    pub(super) fn parse(pattern: &str) -> Result<Vec<Self>, Error> {
        let refuse = |why: &str| {
            Error::invalid_input(format!("the pattern {pattern:?} {why}; a \\ takes a character as it is"))
        };
        if pattern.is_empty() {
            return Err(refuse("is empty"));
        }
        let mut texts = Vec::new();
        expand(&pattern.chars().collect::<Vec<_>>(), MAX_BRACES, &mut texts).map_err(refuse)?;
        texts.iter().map(|text| compile(text).map(Self).map_err(refuse)).collect()
    }

    /// Walks all readings at once: `live[i]` says that what was read so far fits the tokens before `i`.
    pub(super) fn matches(&self, key: &str) -> bool {
        let mut live = vec![false; self.0.len() + 1];
        let mut next = live.clone();
        reach(&self.0, &mut live, 0);
        for c in key.chars() {
            next.fill(false);
            for (at, token) in self.0.iter().enumerate() {
                if !live.get(at).is_some_and(|live| *live) {
                    continue;
                }
                match token {
                    Token::Char(wanted) if *wanted == c => reach(&self.0, &mut next, at + 1),
                    Token::One if c != '/' => reach(&self.0, &mut next, at + 1),
                    Token::Class { negated, ranges } if c != '/' && in_any(ranges, c) != *negated => {
                        reach(&self.0, &mut next, at + 1);
                    }
                    Token::Star if c != '/' => reach(&self.0, &mut next, at),
                    Token::Deep => reach(&self.0, &mut next, at),
                    // At the beginning of a name: behind its slash there may be another, or what follows.
                    Token::Folders if c == '/' => reach(&self.0, &mut next, at),
                    Token::Folders => reach(&self.0, &mut next, at + 1),
                    Token::InFolders if c == '/' => reach(&self.0, &mut next, at - 1),
                    Token::InFolders => reach(&self.0, &mut next, at),
                    _ => {}
                }
            }
            std::mem::swap(&mut live, &mut next);
        }
        live.last().is_some_and(|live| *live)
    }

    /// What every match begins with.
    pub(super) fn literal_prefix(&self) -> String {
        let literal = |token: &Token| match token {
            Token::Char(c) => Some(*c),
            _ => None,
        };
        self.0.iter().map_while(literal).collect()
    }
}

fn in_any(ranges: &[(char, char)], c: char) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
}

/// Marks a place, and those behind it that can be reached without reading anything.
fn reach(tokens: &[Token], live: &mut [bool], mut at: usize) {
    loop {
        match live.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => return,
        }
        match tokens.get(at) {
            Some(Token::Star | Token::Deep) => at += 1,
            Some(Token::Folders) => at += 2,
            _ => return,
        }
    }
}

/// How long what begins here is, if a brace or comma in it means itself: an escape, or a class.
fn opaque(text: &[char]) -> usize {
    match text.first() {
        Some('\\') => 2,
        // A `]` right at the beginning belongs to the class.
        Some('[') => {
            let from = if text.get(1) == Some(&'!') { 3 } else { 2 };
            text.iter().skip(from).position(|c| *c == ']').map_or(1, |at| from + at + 1)
        }
        _ => 1,
    }
}

/// Writes out the first pair of braces, and recursively the `pairs` at most that are left.
fn expand(text: &[char], pairs: usize, done: &mut Vec<Vec<char>>) -> Result<(), &'static str> {
    let (mut at, mut depth, mut open) = (0, 0_u32, 0);
    // Where the alternatives of the outermost braces end.
    let mut ends = Vec::new();
    while let Some(c) = text.get(at) {
        match c {
            '{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            ',' if depth == 1 => ends.push(at),
            '}' if depth == 0 => return Err("closes a brace that is not open"),
            '}' => {
                depth -= 1;
                if depth == 0 {
                    ends.push(at);
                    break;
                }
            }
            _ => {}
        }
        at += opaque(text.get(at..).unwrap_or_default());
    }
    if depth > 0 {
        return Err("opens a brace that is not closed");
    }
    let Some(close) = ends.last().copied() else {
        done.push(text.to_vec());
        return if done.len() > MAX_ALTERNATIVES { Err("has more than 1000 alternatives") } else { Ok(()) };
    };
    let Some(pairs) = pairs.checked_sub(1) else { return Err("has more than 100 pairs of braces") };
    let (before, after) = (text.get(..open).unwrap_or_default(), text.get(close + 1..).unwrap_or_default());
    let mut from = open + 1;
    for end in ends {
        expand(&[before, text.get(from..end).unwrap_or_default(), after].concat(), pairs, done)?;
        from = end + 1;
    }
    Ok(())
}

fn compile(text: &[char]) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let inner = text.strip_suffix(&['/']).unwrap_or(text);
    if !inner.contains(&'/') {
        tokens.extend([Token::Folders, Token::InFolders]);
    }
    let mut rest = text.strip_prefix(&['/']).unwrap_or(text);
    if rest.is_empty() {
        return Err("names nothing");
    }
    loop {
        let at_name = tokens.is_empty() || matches!(tokens.last(), Some(Token::Char('/') | Token::InFolders));
        rest = match rest {
            [] => break,
            ['*', '*', '/', rest @ ..] if at_name => {
                tokens.extend([Token::Folders, Token::InFolders]);
                rest
            }
            ['*', '*', rest @ ..] => {
                tokens.push(Token::Deep);
                rest
            }
            ['*', rest @ ..] => {
                tokens.push(Token::Star);
                rest
            }
            ['?', rest @ ..] => {
                tokens.push(Token::One);
                rest
            }
            ['\\', c, rest @ ..] => {
                tokens.push(Token::Char(*c));
                rest
            }
            ['\\'] => return Err("ends in a \\ with nothing behind it"),
            ['[', ..] => {
                let (class, len) = class(rest)?;
                tokens.push(class);
                rest.get(len..).unwrap_or_default()
            }
            [c, rest @ ..] => {
                tokens.push(Token::Char(*c));
                rest
            }
        };
    }
    if tokens.last() == Some(&Token::Char('/')) {
        tokens.push(Token::Deep);
    }
    Ok(tokens)
}

/// The class at the beginning of `text`, and how long it is.
fn class(text: &[char]) -> Result<(Token, usize), &'static str> {
    let len = opaque(text);
    let members = text.get(1..len - 1).filter(|_| len > 2).ok_or("opens a [ that is not closed")?;
    let (negated, mut members) = match members {
        ['!', members @ ..] => (true, members),
        members => (false, members),
    };
    let mut ranges = Vec::new();
    loop {
        members = match members {
            [] => break,
            [from, '-', to, rest @ ..] => {
                if from > to {
                    return Err("has a range that ends before it begins");
                }
                ranges.push((*from, *to));
                rest
            }
            [one, rest @ ..] => {
                ranges.push((*one, *one));
                rest
            }
        };
    }
    Ok((Token::Class { negated, ranges }, len))
}
