//! `freehold lsp` driven by a language client that is not ours, over the real program's pipes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set itself up has failed"
)]

mod client;

use async_lsp::lsp_types::{
    CodeActionOrCommand, DiagnosticSeverity, DocumentChangeOperation, DocumentChanges, HoverContents,
    InlayHintLabel, OneOf, Position, ResourceOp,
};
use client::Editor;

const BASE: &str =
    "CREATE TABLE orders (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    note text\n);\n";

#[tokio::test]
async fn problems_come_while_typing_and_go_when_mended() {
    let mut editor = Editor::start(&[("0001_base.up.sql", BASE), ("0002_index.up.sql", "")]).await;
    let said = editor
        .open("0002_index.up.sql", "SET lock_timeout = '3s';\nCREATE INDEX n ON orders (note);\n")
        .await;
    let found = said.iter().find(|d| format!("{:?}", d.code).contains("index-built-without-concurrently"));
    let found = found.unwrap_or_else(|| panic!("{said:?}"));
    assert_eq!(found.severity, Some(DiagnosticSeverity::WARNING));
    assert_eq!(found.range.start, Position::new(1, 0));
    assert_eq!(found.range.end, Position::new(1, 31));

    let said = editor.change("0002_index.up.sql", "CREATE INDEX CONCURRENTLY n ON orders (note);\n").await;
    assert!(!said.iter().any(|d| format!("{:?}", d.code).contains("without-concurrently")), "{said:?}");

    let said = editor.change("0002_index.up.sql", "SELECT 'é😀' FORM x;\n").await;
    let syntax = said.iter().find(|d| format!("{:?}", d.code).contains("syntax-error")).unwrap();
    // Columns count in UTF-16: é is one unit, 😀 two.
    assert_eq!(syntax.range.start.line, 0);
    assert!(syntax.range.start.character >= 13, "{syntax:?}");
    editor.stop().await;
}

#[tokio::test]
async fn hovering_shows_the_page_and_hints_show_the_lock() {
    let text = "-- for the search\nCREATE INDEX n ON orders (note);\n";
    let mut editor = Editor::start(&[("0001_base.up.sql", BASE), ("0002_index.up.sql", text)]).await;
    editor.open("0002_index.up.sql", text).await;
    let hover = editor.hover("0002_index.up.sql", Position::new(1, 3)).await.unwrap();
    let HoverContents::Markup(page) = hover.contents else { panic!("{hover:?}") };
    assert!(page.value.contains("## Why it hurts"), "{}", page.value);
    assert!(editor.hover("0002_index.up.sql", Position::new(0, 3)).await.is_none());

    let hints = editor.hints("0002_index.up.sql").await;
    let labels: Vec<String> = hints
        .iter()
        .map(|hint| match &hint.label {
            InlayHintLabel::String(label) => label.clone(),
            InlayHintLabel::LabelParts(_) => String::new(),
        })
        .collect();
    assert_eq!(labels, ["SHARE on orders"]);
    assert_eq!(hints[0].position, Position::new(1, 31));
    editor.stop().await;
}

#[tokio::test]
async fn a_fix_is_one_edit_of_the_workspace_and_uses_the_text_that_is_open() {
    let disk = "SELECT 1;\n";
    let open = "-- for the search\nSET lock_timeout = '3s';\nCREATE INDEX n ON orders (note);\nSELECT 2;\n";
    let mut editor = Editor::start(&[("0001_base.up.sql", BASE), ("0002_index.up.sql", disk)]).await;
    let said = editor.open("0002_index.up.sql", open).await;
    let actions = editor.actions("0002_index.up.sql", Position::new(2, 5)).await;
    let titles = format!("{actions:?} for {said:?}");
    let action = actions
        .into_iter()
        .find_map(|action| match action {
            CodeActionOrCommand::CodeAction(action) if action.title.contains("index-built") => Some(action),
            _ => None,
        })
        .unwrap_or_else(|| panic!("{titles}"));
    let Some(DocumentChanges::Operations(operations)) = action.edit.unwrap().document_changes else {
        panic!()
    };
    let made: Vec<String> = operations
        .iter()
        .filter_map(|operation| match operation {
            DocumentChangeOperation::Op(ResourceOp::Create(create)) => Some(create.uri.path().to_owned()),
            _ => None,
        })
        .collect();
    assert!(made.iter().any(|path| path.ends_with(".up.sql")), "{made:?}");
    let texts: Vec<String> = operations
        .into_iter()
        .filter_map(|operation| match operation {
            DocumentChangeOperation::Edit(edit) => Some(edit.edits),
            DocumentChangeOperation::Op(_) => None,
        })
        .flatten()
        .map(|edit| match edit {
            OneOf::Left(edit) => edit.new_text,
            OneOf::Right(edit) => edit.text_edit.new_text,
        })
        .collect();
    assert!(
        texts.iter().any(|text| text.contains("CREATE INDEX CONCURRENTLY n ON orders (note)")),
        "{texts:?}"
    );
    // Only the statement goes from the script that is open.
    assert!(texts.iter().any(String::is_empty), "{texts:?}");
    editor.stop().await;
}

#[tokio::test]
async fn a_file_of_no_project_and_wrong_settings_do_not_end_the_server() {
    let mut editor = Editor::start(&[("freehold.toml", "[nonsense]\n"), ("0001_base.up.sql", BASE)]).await;
    assert!(editor.open("0001_base.up.sql", BASE).await.is_empty());
    editor.write("freehold.toml", "");
    let said = editor.change("0001_base.up.sql", "CREATE TABLE a (\n").await;
    assert!(!said.is_empty());
    editor.stop().await;
}
