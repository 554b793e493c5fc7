//! Patterns of files and tables: `*` and `?` within a part of a name, `**` across parts.

use std::fmt;

/// A pattern, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// From its text. A folder, with or without `/` at its end, stands for everything in it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().trim_start_matches("./").to_owned())
    }

    /// True for a file, given from the project's folder with forward slashes.
    pub fn matches_path(&self, path: &str) -> bool {
        let pattern = self.0.trim_end_matches('/');
        matches(pattern.as_bytes(), path.as_bytes(), b'/')
            || matches(format!("{pattern}/**").as_bytes(), path.as_bytes(), b'/')
    }

    /// True for a table. A pattern without a dot is about the table's own name, in whatever schema.
    pub fn matches_table(&self, schema: &str, name: &str) -> bool {
        match self.0.split_once('.') {
            Some((of_schema, of_name)) => {
                matches(of_schema.as_bytes(), schema.as_bytes(), 0)
                    && matches(of_name.as_bytes(), name.as_bytes(), 0)
            }
            None => matches(self.0.as_bytes(), name.as_bytes(), 0),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One star of a pattern and the place in the text up to which it has eaten.
#[derive(Clone, Copy)]
struct Star {
    after: usize,
    eaten: usize,
    crosses: bool,
}

/// Whether a text is as the pattern says. `*` and `?` stop at the separator. Takes steps in the order of the product of the
/// lengths at most.
fn matches(pattern: &[u8], text: &[u8], separator: u8) -> bool {
    let (mut at, mut here) = (0, 0);
    let (mut narrow, mut wide): (Option<Star>, Option<Star>) = (None, None);
    loop {
        if pattern.get(at) == Some(&b'*') {
            let crosses = separator != 0 && pattern.get(at + 1) == Some(&b'*');
            let mut after = at + if crosses { 2 } else { 1 };
            if crosses && pattern.get(after) == Some(&separator) {
                // `**/` stands for any number of folders, none among them.
                after += 1;
            }
            let star = Star { after, eaten: here, crosses };
            if crosses {
                (wide, narrow) = (Some(star), None);
            } else {
                narrow = Some(star);
            }
            at = after;
            continue;
        }
        let same = match (pattern.get(at), text.get(here)) {
            (None, None) => return true,
            (Some(b'?'), Some(byte)) => separator == 0 || *byte != separator,
            (Some(wanted), Some(byte)) => wanted == byte,
            _ => false,
        };
        if same {
            (at, here) = (at + 1, here + 1);
            continue;
        }
        let grown = [&mut narrow, &mut wide].into_iter().find_map(|slot| {
            let star = slot.as_mut()?;
            let next = text.get(star.eaten)?;
            if !star.crosses && separator != 0 && *next == separator {
                *slot = None;
                return None;
            }
            star.eaten += 1;
            Some(*star)
        });
        let Some(star) = grown else { return false };
        if star.crosses {
            narrow = None;
        }
        (at, here) = (star.after, star.eaten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_match_by_folders_stars_and_names() {
        for (pattern, path, expected) in [
            ("legacy/**", "legacy/1.sql", true),
            ("legacy/**", "legacy/deep/er/1.sql", true),
            ("legacy/**", "other/legacy/1.sql", false),
            ("legacy", "legacy/1.sql", true),
            ("legacy/", "legacy/1.sql", true),
            ("./legacy/*.sql", "legacy/1.sql", true),
            ("legacy/*.sql", "legacy/deep/1.sql", false),
            ("**/*.down.sql", "db/migrations/1.down.sql", true),
            ("**/*.down.sql", "1.down.sql", true),
            ("migrations/0000??_*.sql", "migrations/000012_x.up.sql", true),
            ("migrations/0000??_*.sql", "migrations/000112_x.up.sql", false),
            ("a/**/z.sql", "a/b/c/z.sql", true),
            ("a/**/z.sql", "a/z.sql", true),
            ("a/**/z.sql", "a/b/y.sql", false),
            ("*a*b*c", "xaxbxbxc", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches_path(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn tables_match_by_schema_and_name() {
        for (pattern, schema, name, expected) in [
            ("audit.*", "audit", "events", true),
            ("audit.*", "public", "audit", false),
            ("orders", "app", "orders", true),
            ("*_log", "public", "event_log", true),
            ("public.orders", "public", "orders", true),
            ("public.orders", "public", "orders_old", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches_table(schema, name),
                expected,
                "{pattern} {schema}.{name}"
            );
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        let pattern = Pattern::new(&format!("{}b", "*a".repeat(200)));
        assert!(!pattern.matches_path(&"a".repeat(4000)));
    }
}
