//! Vectors of pgvector.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    let dimensions = u32::try_from(kind.modifier).ok().filter(|count| *count > 0).unwrap_or(3);
    // None is the zero vector: it has no direction, and an index by cosine distance leaves it out.
    let rest = ",0.1".repeat(usize::try_from(dimensions.saturating_sub(1)).unwrap_or(0));
    match kind.name.as_str() {
        "vector" => Some(Recipe::new(move |i| format!("('[' || 1 + {i} || '{rest}]')::{cast}"))),
        "halfvec" => Some(
            Recipe::new(move |i| format!("('[' || (1 + {i} % 2000) || '{rest}]')::{cast}")).capacity(2_000),
        ),
        "sparsevec" => {
            Some(Recipe::new(move |i| format!("('{{1:' || 1 + {i} || '}}/{dimensions}')::{cast}")))
        }
        _ => None,
    }
}
