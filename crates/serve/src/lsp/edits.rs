//! Changes of files as the protocol has them.

use std::path::Path;

use freehold_app::lint::fix::Changed;
use tower_lsp_server::ls_types::{
    CreateFile, DeleteFile, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, ResourceOp, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};

use super::convert::position_of;

/// All of a fix as one edit of the workspace; none when a path has no URI.
pub(super) fn workspace_edit(dir: &Path, changed: &[Changed]) -> Option<WorkspaceEdit> {
    let mut operations = Vec::new();
    for file in changed {
        let uri = Uri::from_file_path(dir.join(&file.place))?;
        match (&file.before, &file.after) {
            (Some(before), Some(after)) => operations.push(edit(uri, smallest(before, after))),
            (None, Some(after)) => {
                operations.push(DocumentChangeOperation::Op(ResourceOp::Create(CreateFile {
                    uri: uri.clone(),
                    options: None,
                    annotation_id: None,
                })));
                operations.push(edit(uri, TextEdit { range: Range::default(), new_text: after.clone() }));
            }
            (Some(_), None) => {
                operations.push(DocumentChangeOperation::Op(ResourceOp::Delete(DeleteFile {
                    uri,
                    options: None,
                    annotation_id: None,
                })));
            }
            (None, None) => {}
        }
    }
    Some(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..WorkspaceEdit::default()
    })
}

fn edit(uri: Uri, edit: TextEdit) -> DocumentChangeOperation {
    DocumentChangeOperation::Edit(TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
        edits: vec![OneOf::Left(edit)],
    })
}

/// One edit from what two texts do not share, so that cursors elsewhere stay where they are.
fn smallest(before: &str, after: &str) -> TextEdit {
    let shared = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| -> usize {
        a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let head = shared(&mut before.chars(), &mut after.chars());
    let (rest_before, rest_after) = (before.get(head..).unwrap_or(""), after.get(head..).unwrap_or(""));
    let tail = shared(&mut rest_before.chars().rev(), &mut rest_after.chars().rev());
    TextEdit {
        range: Range {
            start: position_of(before, head),
            end: position_of(before, before.len().saturating_sub(tail)),
        },
        new_text: rest_after.get(..rest_after.len().saturating_sub(tail)).unwrap_or("").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tower_lsp_server::ls_types::Position;

    use super::*;

    #[test]
    fn an_edit_leaves_alone_what_is_the_same() {
        let edit = smallest("a\nold é\nz\n", "a\nnew é\nz\n");
        assert_eq!(edit.new_text, "new");
        assert_eq!(edit.range.start, Position { line: 1, character: 0 });
        assert_eq!(edit.range.end, Position { line: 1, character: 3 });
        assert_eq!(smallest("aa", "aaa").new_text, "a");
        assert_eq!(smallest("same", "same").new_text, "");
    }
}
