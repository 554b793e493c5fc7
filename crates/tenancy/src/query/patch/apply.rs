//! Operations on a document (RFC 6902), with a bound on what they make of it.

use json_patch::PatchOperation;
use serde_json::Value;

use super::{PatchError, Shape};

/// Operations in one patch at most.
const MOST_OPERATIONS: usize = 256;

/// A patch as operations.
pub(super) fn operations(patch: &Value) -> Result<Vec<PatchOperation>, PatchError> {
    let given = patch.as_array().ok_or(PatchError::NoPatch)?.len();
    if given > MOST_OPERATIONS {
        return Err(PatchError::TooManyOperations { given, most: MOST_OPERATIONS });
    }
    serde_json::from_value(patch.clone()).map_err(|_| PatchError::NoPatch)
}

/// The document after all operations.
pub(super) fn all<P>(
    mut document: Value,
    operations: &[PatchOperation],
    shape: &Shape<P>,
) -> Result<Value, PatchError> {
    for (at, operation) in operations.iter().enumerate() {
        json_patch::patch_unsafe(&mut document, std::slice::from_ref(operation))
            .map_err(|_| PatchError::Operation { operation: at })?;
        // Few copies of copies make a huge document: it is measured before the next one.
        if matches!(operation, PatchOperation::Copy(_)) {
            shape.bounds(&document)?;
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ShapeError;
    use serde_json::json;

    fn run(document: Value, patch: Value) -> Result<Value, PatchError> {
        all(document, &operations(&patch)?, &Shape::<Value>::new())
    }

    #[test]
    fn operations_are_done_in_order() {
        let patch = json!([
            {"op": "add", "path": "/a/-", "value": 2},
            {"op": "copy", "from": "/a", "path": "/b"},
            {"op": "remove", "path": "/a/0"},
            {"op": "test", "path": "/a", "value": [2]},
        ]);
        assert_eq!(run(json!({"a": [1]}), patch).unwrap(), json!({"a": [2], "b": [1, 2]}));
    }

    #[test]
    fn an_operation_that_cannot_be_done_is_named() {
        let patch = json!([
            {"op": "test", "path": "/a", "value": 1},
            {"op": "test", "path": "/a", "value": 2},
        ]);
        let refused = run(json!({"a": 1}), patch).unwrap_err();
        assert!(matches!(refused, PatchError::Operation { operation: 1 }));
        let refused = run(json!({}), json!([{"op": "remove", "path": "/x"}])).unwrap_err();
        assert!(matches!(refused, PatchError::Operation { operation: 0 }));
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        for patch in [json!({}), json!([1]), json!([{"op": "drop", "path": "/a"}]), json!([{"op": "add"}])] {
            assert!(matches!(run(json!({}), patch.clone()), Err(PatchError::NoPatch)), "{patch}");
        }
        let long = json!(vec![json!({"op": "test", "path": "", "value": {}}); MOST_OPERATIONS + 1]);
        assert!(matches!(run(json!({}), long), Err(PatchError::TooManyOperations { given: 257, .. })));
    }

    #[test]
    fn copies_of_copies_end_at_the_bound() {
        let double = |n: usize| json!({"op": "copy", "from": "", "path": format!("/{n}")});
        let patch: Vec<Value> = (0..100).map(double).collect();
        let refused = run(json!({"a": "0123456789"}), json!(patch)).unwrap_err();
        assert!(matches!(
            refused,
            PatchError::Shape(ShapeError::TooLarge { .. } | ShapeError::TooDeep { .. })
        ));
    }
}
