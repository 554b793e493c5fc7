//! Shapes in the plane.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    // Shapes lie beside each other: no two of them overlap.
    let text = match kind.name.as_str() {
        "point" => |i: &str| format!("'(' || {i} || ',1)'"),
        "line" => |i: &str| format!("'{{1,-1,' || {i} || '}}'"),
        "lseg" => |i: &str| format!("'[(' || 2 * {i} || ',0),(' || 2 * {i} + 1 || ',1)]'"),
        "box" => |i: &str| format!("'(' || 2 * {i} || ',0),(' || 2 * {i} + 1 || ',1)'"),
        "path" | "polygon" => |i: &str| format!("'((' || 2 * {i} || ',0),(' || 2 * {i} + 1 || ',1))'"),
        "circle" => |i: &str| format!("'<(' || 3 * {i} || ',0),1>'"),
        "cube" => |i: &str| format!("'(' || 2 * {i} || '),(' || 2 * {i} + 1 || ')'"),
        "seg" => |i: &str| format!("2 * {i} || '..' || 2 * {i} + 1"),
        _ => return None,
    };
    Some(Recipe::new(move |i| format!("({})::{cast}", text(i))))
}
