//! A whole catalog as a snapshot writes it.

use std::sync::Arc;

use freehold_model::catalog::{Catalog, CatalogObject, Objects, Relation};
use serde::{Deserialize, Serialize};

use super::{
    kept::Kept,
    records::{ExtensionRecord, FunctionRecord, RelationRecord, SchemaRecord, TypeRecord},
};

impl<T: Kept + CatalogObject> Kept for Objects<T> {
    type As = Vec<T::As>;
    fn kept(&self) -> Self::As {
        self.iter().map(T::kept).collect()
    }
    fn told(kept: Self::As) -> Self {
        Self::new(kept.into_iter().map(|object| Arc::new(T::told(object))).collect())
    }
}

/// A catalog, in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CatalogRecord {
    schemas: Vec<SchemaRecord>,
    extensions: Vec<ExtensionRecord>,
    types: Vec<TypeRecord>,
    functions: Vec<FunctionRecord>,
    relations: Vec<RelationRecord>,
}

impl Kept for Catalog {
    type As = CatalogRecord;

    fn kept(&self) -> CatalogRecord {
        let mut functions = self.functions.kept();
        for function in &mut functions {
            // Other settings may be secrets, and other languages are read by no rule.
            function.config.retain(|setting| setting.starts_with("search_path="));
            if !matches!(function.language.as_str(), "sql" | "plpgsql") {
                function.body.clear();
            }
        }
        CatalogRecord {
            schemas: self.schemas.kept(),
            extensions: self.extensions.kept(),
            types: self.types.kept(),
            functions,
            relations: self.relations.kept(),
        }
    }

    fn told(mut kept: CatalogRecord) -> Self {
        for relation in &mut kept.relations {
            relation.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            relation.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let mut relations: Vec<Relation> = Kept::told(kept.relations);
        for relation in &mut relations {
            for (place, column) in (1_u32..).zip(&mut relation.columns) {
                column.position = place;
                column.number = i16::try_from(place).unwrap_or(i16::MAX);
            }
        }
        Self {
            schemas: Kept::told(kept.schemas),
            extensions: Kept::told(kept.extensions),
            types: Kept::told(kept.types),
            functions: Kept::told(kept.functions),
            relations: Objects::new(relations.into_iter().map(Arc::new).collect()),
            ..Self::default()
        }
    }
}
