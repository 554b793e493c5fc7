//! Arrays and composite types, made of what they hold.

use std::sync::Arc;

use super::{Make, Recipe, recipe as of};
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, seed: u64) -> Option<Recipe> {
    if kind.class == 'c' {
        return composite(kind, seed);
    }
    let inner = kind.inner.as_deref().filter(|_| kind.array)?;
    let element = of(inner, seed)?;
    let cast = kind.cast.clone();
    let (wide, plain, short, long) =
        (element.wide.clone(), element.plain, element.wide.clone(), element.wide);
    let (plain_cast, short_cast, long_cast) = (cast.clone(), cast.clone(), cast.clone());
    // One array of one element for each value that the element can have: different for different numbers.
    let made = Recipe::new(move |i| format!("ARRAY[{}]::{cast}", wide(i)))
        .plain(move |i| format!("ARRAY[{}, {}]::{plain_cast}", plain(i), plain(&format!("({i} + 1)"))))
        .form(move |i| format!("ARRAY[{}]::{short_cast}", short(i)))
        .literals(&["{}"])
        .sized(move |length| sized(length, &long, &long_cast));
    Some(element.capacity.into_iter().fold(made, Recipe::capacity))
}

fn sized(length: u32, element: &Make, cast: &str) -> Vec<Make> {
    if length == 0 || length > 4096 {
        return Vec::new();
    }
    let (element, cast) = (element.clone(), cast.to_owned());
    vec![Arc::new(move |i| format!("pg_catalog.array_fill({}, ARRAY[{length}])::{cast}", element(i)))]
}

fn composite(kind: &Kind, seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    let attributes: Vec<(Option<Recipe>, String)> = kind
        .attributes
        .iter()
        .map(|attribute| (of(attribute, seed), attribute.base().cast.clone()))
        .collect();
    // Without any value where the attributes are particular.
    let bare = format!("({})", ",".repeat(attributes.len().saturating_sub(1)));
    let made = Recipe::new(move |i| {
        let values = attributes.iter().map(|(recipe, cast)| match recipe {
            Some(recipe) => format!("({})::{cast}", (recipe.wide)(i)),
            None => "NULL".to_owned(),
        });
        format!("ROW({})::{cast}", values.collect::<Vec<_>>().join(", "))
    });
    Some(made.literals(&[bare.as_str()]))
}
