//! The lines that differ between two texts: common ends trimmed, then the longest common subsequence between.

/// Beyond this many line pairs the middle is taken as wholly different: the table of lengths would grow too large.
const TABLE_LIMIT: usize = 4_000_000;

/// How many equal lines are shown around a difference.
const AROUND: usize = 1;

enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    Came(&'a str),
}

/// How many lines differ: a line replaced by another counts once.
pub(super) fn changed(before: &str, after: &str) -> usize {
    let lines = compared(before, after);
    let gone = lines.iter().filter(|line| matches!(line, Line::Gone(_))).count();
    let came = lines.iter().filter(|line| matches!(line, Line::Came(_))).count();
    // Texts may differ in their line ends alone.
    gone.max(came).max(1)
}

/// The differing lines with `- ` and `+ ` in front, and the lines next to them with two blanks.
pub(super) fn shown(before: &str, after: &str) -> Vec<String> {
    let lines = compared(before, after);
    let near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        lines.iter().skip(from).take(at + AROUND + 1 - from).any(|line| !matches!(line, Line::Same(_)))
    };
    let mut shown = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match line {
            Line::Gone(text) => shown.push(format!("- {text}")),
            Line::Came(text) => shown.push(format!("+ {text}")),
            Line::Same(text) if near(at) => shown.push(format!("  {text}")),
            Line::Same(_) => {}
        }
    }
    shown
}

fn compared<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a_rest, b_rest) = (a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    let end = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(x, y)| x == y).count();
    let a_middle = a_rest.get(..a_rest.len() - end).unwrap_or_default();
    let b_middle = b_rest.get(..b_rest.len() - end).unwrap_or_default();
    let mut lines: Vec<Line<'a>> = a.iter().take(start).map(|text| Line::Same(text)).collect();
    lines.extend(middle(a_middle, b_middle));
    lines.extend(a_rest.iter().skip(a_rest.len() - end).map(|text| Line::Same(text)));
    lines
}

fn middle<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Line<'a>> {
    let all = || a.iter().map(|x| Line::Gone(x)).chain(b.iter().map(|y| Line::Came(y))).collect();
    if a.is_empty() || b.is_empty() || a.len().saturating_mul(b.len()) > TABLE_LIMIT {
        return all();
    }
    let width = b.len() + 1;
    let mut length = vec![0u32; (a.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best = if x == y {
                at(&length, i + 1, j + 1) + 1
            } else {
                at(&length, i + 1, j).max(at(&length, i, j + 1))
            };
            if let Some(cell) = length.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x == y {
            lines.push(Line::Same(x));
            (i, j) = (i + 1, j + 1);
        } else if at(&length, i + 1, j) >= at(&length, i, j + 1) {
            lines.push(Line::Gone(x));
            i += 1;
        } else {
            lines.push(Line::Came(y));
            j += 1;
        }
    }
    lines.extend(a.iter().skip(i).map(|x| Line::Gone(x)));
    lines.extend(b.iter().skip(j).map(|y| Line::Came(y)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_counted_and_shown_with_their_neighbours() {
        let before = "begin\n  a;\n  b;\n  c;\n  d;\nend";
        let after = "begin\n  a;\n  x;\n  c;\n  d;\n  e;\nend";
        assert_eq!(changed(before, after), 2);
        assert_eq!(
            shown(before, after),
            ["    a;", "-   b;", "+   x;", "    c;", "    d;", "+   e;", "  end"]
        );
    }

    #[test]
    fn texts_that_differ_in_line_ends_alone_still_count_as_different() {
        assert_eq!(changed("a\r\nb", "a\nb"), 1);
        assert_eq!(changed("", "a"), 1);
    }
}
