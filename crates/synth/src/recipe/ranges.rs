//! Ranges and multiranges: one after the other, so that no two overlap.

use super::{Recipe, recipe as of};
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, seed: u64) -> Option<Recipe> {
    let inner = kind.inner.as_deref().filter(|_| matches!(kind.class, 'r' | 'm'))?;
    let cast = kind.cast.clone();
    let bounds = of(inner, seed)?;
    if kind.class == 'm' {
        let (range, capacity) = (bounds.wide, bounds.capacity);
        let made = Recipe::new(move |i| format!("{cast}({})", range(i)));
        let made = capacity.into_iter().fold(made, Recipe::capacity);
        return Some(made.literals(&["{}"]));
    }
    if !bounds.grows {
        return Some(Recipe::new(move |_| format!("'empty'::{cast}")).capacity(1).literals(&["(,)"]));
    }
    let (point, bound) = (bounds.wide, inner.base().cast.clone());
    let capacity = bounds.capacity.unwrap_or(1 << 60) / 2;
    let range = cast.clone();
    let (open_point, open_bound, open) = (point.clone(), bound.clone(), cast);
    let made = Recipe::new(move |i| {
        let (from, to) =
            (point(&format!("(2 * ({i} % {capacity}))")), point(&format!("(2 * ({i} % {capacity}) + 1)")));
        format!("{range}(({from})::{bound}, ({to})::{bound})")
    });
    Some(
        made.capacity(capacity)
            .form(move |i| format!("{open}(({})::{open_bound}, NULL)", open_point(i)))
            .literals(&["empty", "(,)"]),
    )
}
