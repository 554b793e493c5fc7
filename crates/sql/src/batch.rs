//! Neighbouring statements handed to the grammar in one call.
//!
//! A call costs several system calls and the setting up of a parser whatever it is given, which for short statements is
//! more than the parsing. What the grammar makes of several statements with nothing but `;`, white space and comments in
//! between is what it makes of each, so they are given to it together; where it refuses, or sees other borders than the
//! splitter, each is read by itself, and nothing is lost but time.

use freehold_model::place::Span;
use pg_query::protobuf::RawStmt;

use crate::grammar::{self, Parsed};
use crate::split::{Segment, SegmentKind};

/// How many statements are parsed together.
const MANY: usize = 64;
/// The bytes of text from the first to the last of them: a tree takes a hundred times the memory of its text.
const BYTES: usize = 16 << 10;

/// Segments that wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    segments: Vec<Segment>,
}

impl Batch {
    /// Takes the segment if it is plain SQL and there is room; gives it back otherwise.
    pub(crate) fn take(&mut self, segment: Segment) -> Option<Segment> {
        let plain = matches!(segment.kind, SegmentKind::Sql { copy: None, passed_over: false });
        let start = self.segments.first().unwrap_or(&segment).span.start;
        if plain && self.segments.len() < MANY && segment.span.end - start <= BYTES {
            self.segments.push(segment);
            return None;
        }
        Some(segment)
    }

    /// The segments that were taken, and their trees where the grammar sees what the splitter saw. Trees count from the
    /// first segment's start.
    pub(crate) fn parse(&mut self, text: &str) -> (Vec<Segment>, Option<Vec<RawStmt>>) {
        let segments = std::mem::take(&mut self.segments);
        let trees = trees(text, &segments);
        (segments, trees)
    }
}

fn trees(text: &str, segments: &[Segment]) -> Option<Vec<RawStmt>> {
    let (first, last) = (segments.first()?, segments.last()?);
    if segments.len() == 1 {
        return None;
    }
    let sql = text.get(first.span.start..last.span.end)?;
    let Parsed::Trees(trees) = grammar::parse(sql) else { return None };
    let as_split = trees.len() == segments.len()
        && trees.iter().zip(segments).all(|(tree, segment)| covers(tree, segment.span, first.span.start));
    as_split.then_some(trees)
}

/// True when the bytes that the grammar gives to a statement hold exactly this segment: it counts the white space and the
/// comments around it, too, and says 0 for "to the end".
fn covers(tree: &RawStmt, segment: Span, offset: usize) -> bool {
    let (Ok(start), Ok(length)) = (usize::try_from(tree.stmt_location), usize::try_from(tree.stmt_len))
    else {
        return false;
    };
    let start = start + offset;
    start <= segment.start && (length == 0 || start + length >= segment.end)
}

#[cfg(test)]
mod tests {
    use pg_query::NodeEnum;

    use crate::{ScriptError, Statement, parse_each, parse_lenient, split::Splitter};

    const SCRIPT: &str = "-- one\nCREATE TABLE a (id int, b text DEFAULT ';'); /* ; */ ;;\n\
        ALTER TABLE a ADD COLUMN c int;\n\
        CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n\
        SELECT $$;$$, 'é;'; -- two\nCOPY a FROM stdin;\n1\tx\n\\.\nDO $x$ BEGIN PERFORM 1; END $x$;\n\
        INSERT INTO a VALUES (1, 'x'); UPDATE a SET b = 'y' WHERE id = 1; DELETE FROM a -- end";

    fn statements(text: &str) -> Vec<Result<Statement, ScriptError>> {
        let mut all = Vec::new();
        for segment in Splitter::new(text) {
            let alone = text.get(segment.span.start..segment.resume).unwrap();
            all.extend(parse_lenient(alone).into_iter().map(|outcome| match outcome {
                Ok(mut statement) => {
                    statement.span = statement.span.shifted(segment.span.start);
                    statement.effect.span = statement.effect.span.shifted(segment.span.start);
                    statement.copy_data = statement.copy_data.map(|rows| rows.shifted(segment.span.start));
                    Ok(statement)
                }
                Err(error) => Err(error.shifted(segment.span.start)),
            }));
        }
        all
    }

    #[test]
    fn statements_that_are_read_together_are_what_each_is_alone() {
        assert_eq!(parse_lenient(SCRIPT).len(), 9);
        for text in
            [SCRIPT.to_owned(), SCRIPT.replace("-- two", "; SELECT FROM FROM;"), "SELECT 1;\n".repeat(500)]
        {
            assert_eq!(format!("{:?}", parse_lenient(&text)), format!("{:?}", statements(&text)));
        }
    }

    #[test]
    fn places_in_trees_count_from_where_they_say() {
        let mut found = 0;
        parse_each(SCRIPT, &mut |outcome| {
            let parsed = outcome.unwrap();
            if let Some(NodeEnum::UpdateStmt(update)) = &parsed.tree {
                let at = usize::try_from(update.relation.as_ref().unwrap().location).unwrap();
                assert!(SCRIPT[parsed.tree_start + at..].starts_with("a SET b = 'y'"));
                found += 1;
            }
        });
        assert_eq!(found, 1);
    }
}
