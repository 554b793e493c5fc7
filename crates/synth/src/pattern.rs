//! Texts that match a pattern, made by walking through it.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::literal::Pattern;

/// Numbers that look random and are the same for the same seed (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; zero when that is zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }
}

/// Up to `count` different texts that should match. None for a pattern that this reading does not understand.
pub(crate) fn texts(pattern: &Pattern, count: usize, dice: &mut Dice) -> Vec<String> {
    let regex = match pattern {
        Pattern::Regex(regex) => regex.clone(),
        Pattern::Like(like) => from_like(like),
        Pattern::Similar(similar) => from_similar(similar),
    };
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(100).build();
    let Ok(hir) = parser.parse(&regex) else { return Vec::new() };
    let mut found = std::collections::HashSet::new();
    let mut texts = Vec::new();
    let mut misses = 0;
    while texts.len() < count && misses < 200 {
        let mut text = String::new();
        write(&hir, &mut text, dice);
        if text.len() < 4096 && found.insert(text.clone()) {
            texts.push(text);
        } else {
            misses += 1;
        }
    }
    texts
}

fn write(hir: &Hir, text: &mut String, dice: &mut Dice) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(character(class, dice)),
        HirKind::Repetition(repetition) => {
            let min = repetition.min;
            let max = repetition.max.unwrap_or(min.saturating_add(8)).min(min.saturating_add(16)).min(4096);
            let times = u64::from(min) + dice.below(u64::from(max.saturating_sub(min)) + 1);
            for _ in 0..times.min(4096) {
                if text.len() > 8192 {
                    return;
                }
                write(&repetition.sub, text, dice);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text, dice),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, text, dice)),
        HirKind::Alternation(ways) => {
            let which = usize::try_from(dice.below(ways.len() as u64)).unwrap_or(0);
            if let Some(way) = ways.get(which) {
                write(way, text, dice);
            }
        }
    }
}

/// A character of the class: letters, digits and other printable ASCII first.
fn character(class: &Class, dice: &mut Dice) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
        Class::Bytes(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
    };
    let inside = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(c)));
    let mut fit: Vec<char> = ('\0'..='\x7f').filter(|c| c.is_ascii_alphanumeric() && inside(*c)).collect();
    if fit.is_empty() {
        fit = (' '..='~').filter(|c| inside(*c)).collect();
    }
    if fit.is_empty() {
        return ranges.iter().find_map(|(from, _)| char::from_u32(*from).filter(|c| *c != '\0'));
    }
    fit.get(usize::try_from(dice.below(fit.len() as u64)).unwrap_or(0)).copied()
}

fn from_like(like: &str) -> String {
    let mut regex = String::from("^");
    let mut characters = like.chars();
    while let Some(c) = characters.next() {
        match c {
            '%' => regex.push_str("[a-z0-9]{3,12}"),
            '_' => regex.push_str("[a-z0-9]"),
            '\\' => regex.extend(characters.next().map(|c| regex_syntax::escape(&c.to_string()))),
            other => regex.push_str(&regex_syntax::escape(&other.to_string())),
        }
    }
    regex.push('$');
    regex
}

fn from_similar(similar: &str) -> String {
    let mut regex = String::from("^(?:");
    let mut in_class = false;
    for c in similar.chars() {
        match c {
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        match c {
            '%' if !in_class => regex.push_str("[a-z0-9]{0,12}"),
            '_' if !in_class => regex.push_str("[a-z0-9]"),
            '.' | '^' | '$' if !in_class => regex.push_str(&regex_syntax::escape(&c.to_string())),
            other => regex.push(other),
        }
    }
    regex.push_str(")$");
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_follow_the_shape_of_the_pattern_and_the_seed() {
        let pattern = Pattern::Regex("^[A-Z]{2}-[0-9]{4}(x|yy)$".to_owned());
        let made = texts(&pattern, 50, &mut Dice::new(1));
        assert_eq!(made.len(), 50);
        assert!(
            made.iter().all(|text| text.get(2..3) == Some("-") && (8..=9).contains(&text.len())),
            "{made:?}"
        );
        assert_eq!(made, texts(&pattern, 50, &mut Dice::new(1)));
        assert_ne!(made, texts(&pattern, 50, &mut Dice::new(2)));
    }

    #[test]
    fn like_and_similar_are_read_as_patterns_too() {
        let like = texts(&Pattern::Like("a\\_b.%".to_owned()), 1, &mut Dice::new(1));
        assert!(like.iter().all(|text| text.starts_with("a_b.")), "{like:?}");
        let similar = texts(&Pattern::Similar("(ab|c)[0-9]_".to_owned()), 9, &mut Dice::new(1));
        assert!(similar.iter().all(|text| (3..=4).contains(&text.len())), "{similar:?}");
    }

    #[test]
    fn a_pattern_with_few_matches_ends() {
        assert_eq!(texts(&Pattern::Regex("^a$".to_owned()), 10, &mut Dice::new(1)), ["a"]);
    }
}
