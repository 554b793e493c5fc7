//! goose's marks: where queries end, and what is refused.

use super::*;
use proptest::prelude::*;

fn file(text: &str) -> SourceFile {
    SourceFile::new("1_a.sql".into(), text.to_owned())
}

fn pieces(text: &str, direction: Direction) -> Result<Vec<String>, String> {
    let file = file(text);
    let section = section(&file, direction).map_err(|error| error.to_string())?;
    Ok(section.map_or_else(Vec::new, |s| s.pieces.iter().map(|p| text[p.start..p.end].to_owned()).collect()))
}

#[test]
fn queries_end_where_goose_ends_them() {
    let up = |body: &str| pieces(&format!("-- +goose Up\n{body}"), Direction::Up);
    assert_eq!(up("select 1;\nselect\n 2; -- two\n").unwrap(), ["select 1;", "select\n 2; -- two"]);
    assert_eq!(up("select 1; select 2;\n").unwrap(), ["select 1; select 2;"]);
    assert_eq!(up("-- lead\n\nselect 1;\n-- trail").unwrap(), ["select 1;"]);
    let block = "-- +goose StatementBegin\ncreate function f() as $$ begin\n x;\n end $$;\n-- +goose StatementEnd\nselect 1;";
    assert_eq!(up(block).unwrap(), ["create function f() as $$ begin\n x;\n end $$;", "select 1;"]);
    assert_eq!(up("select 1;\r\nselect 2;\r\n").unwrap(), ["select 1;", "select 2;"]);
    assert_eq!(
        up("-- +goose StatementBegin\n-- nothing\n-- +goose StatementEnd\n").unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(up("-- +goose Down\n").unwrap(), Vec::<String>::new());
}

#[test]
fn what_goose_refuses_is_refused_with_its_line() {
    for (text, line, word) in [
        ("select 1;", 1, "before"),
        ("-- nothing here", 1, "no `-- +goose Up`"),
        ("-- +goose Up\n-- +goose Up", 2, "second"),
        ("-- +goose Down\n", 1, "before"),
        ("-- +goose Up\nselect 1\n-- +goose Down", 2, "without a `;`"),
        ("-- +goose Up\n-- +goose StatementBegin\nselect 1;", 2, "no `-- +goose StatementEnd`"),
        ("-- +goose Up\n-- +goose StatementEnd", 2, "no `-- +goose StatementBegin`"),
        ("-- +goose Up\n -- +goose Down", 2, "begin its line"),
        ("-- +goose Up\n-- +goose Sideways", 2, "does not know"),
        ("-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\n\nselect 1;", 5, "drops this line"),
        ("-- +goose Up\nselect $$\na;\n$$;", 3, "quoted text"),
        ("-- +goose Up\n-- +goose ENVSUB ON\nselect '${NAME}';", 3, "${NAME}"),
    ] {
        let error = pieces(text, Direction::Up).unwrap_err();
        assert!(error.contains(&format!(":{line}:")) && error.contains(word), "{text:?}: {error}");
    }
}

#[test]
fn substitution_is_only_refused_where_it_is_on() {
    let text = "-- +goose Up\n-- +goose ENVSUB ON\nselect 1;\n-- +goose ENVSUB OFF\nselect $1;";
    assert_eq!(pieces(text, Direction::Up).unwrap().len(), 2);
}

proptest! {
    #[test]
    fn statements_of_one_line_each_come_back_as_they_were(
        up in proptest::collection::vec("[a-z]{1,6}( [a-z0-9]{1,4}){0,2};", 0..6),
        down in proptest::collection::vec("[a-z]{1,6};", 0..6),
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let text = format!("-- +goose Up{end}{}{end}-- +goose Down{end}{}", up.join(end), down.join(end));
        prop_assert_eq!(pieces(&text, Direction::Up).unwrap(), up);
        prop_assert_eq!(pieces(&text, Direction::Down).unwrap(), down);
    }

    #[test]
    fn any_text_gives_ordered_pieces_within_the_section_or_an_error(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("-- +goose Up".to_owned()), Just("-- +goose Down".to_owned()),
                Just("-- +goose StatementBegin".to_owned()), Just("-- +goose StatementEnd".to_owned()),
                Just("-- c".to_owned()), "[a-z;' $é]{0,8}",
            ], 0..14),
    ) {
        let text = format!("-- +goose Up\n{}", lines.join("\n"));
        let file = file(&text);
        for direction in [Direction::Up, Direction::Down] {
            if let Ok(Some(section)) = section(&file, direction) {
                let mut at = section.span.start;
                for piece in &section.pieces {
                    prop_assert!(piece.start >= at && piece.end <= section.span.end);
                    prop_assert!(text.get(piece.start..piece.end).is_some());
                    at = piece.end;
                }
            }
        }
    }
}
