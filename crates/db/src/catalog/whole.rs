//! The kinds of objects that are read as a whole when anything of them changed: schemas, extensions, types.

use std::sync::Arc;

use freehold_model::{
    catalog::{DomainConstraint, Extension, Grants, Schema, TypeObject, TypeShape},
    name::QualifiedName,
};

use super::rows::{Bad, Fields};

/// Gives all schemas of users.
pub(super) const SCHEMAS: &str = include_str!("whole/schema.sql");
/// Gives all extensions.
pub(super) const EXTENSIONS: &str = include_str!("whole/extension.sql");
/// Gives all types of users.
pub(super) const TYPES: &str = include_str!("whole/type.sql");

/// The schema of one row.
pub(super) fn schema(mut row: Fields<'_>) -> Result<Arc<Schema>, Bad> {
    let (oid, name, owner): (u32, String, String) = (row.next()?, row.next()?, row.next()?);
    let grants = Grants::parse(row.next::<Vec<&str>>()?, &owner);
    Ok(Arc::new(Schema { oid, name, owner, grants, comment: row.next()? }))
}

/// The extension of one row.
pub(super) fn extension(mut row: Fields<'_>) -> Result<Arc<Extension>, Bad> {
    Ok(Arc::new(Extension {
        oid: row.next()?,
        name: row.next()?,
        version: row.next()?,
        schema: row.next()?,
        members: u32::try_from(row.next::<i32>()?).unwrap_or(0),
        comment: row.next()?,
    }))
}

/// The type of one row.
pub(super) fn type_object(mut row: Fields<'_>) -> Result<Arc<TypeObject>, Bad> {
    let oid = row.next()?;
    let name = QualifiedName { schema: row.next()?, name: row.next()? };
    let kind: &str = row.next()?;
    let labels = row.next()?;
    let base = row.next::<Option<String>>()?.unwrap_or_default();
    let (not_null, default, collation) = (row.next()?, row.next()?, row.next()?);
    let constraints = domain_constraints(&row.next::<Vec<Option<String>>>()?);
    let details: Vec<String> = row.next::<Vec<Option<String>>>()?.into_iter().flatten().collect();
    let shape = match kind {
        "e" => TypeShape::Enum { labels },
        "d" => TypeShape::Domain { base, not_null, default, collation, constraints },
        "r" => TypeShape::Range { subtype: base, details },
        _ => TypeShape::Base { details },
    };
    let owner: String = row.next()?;
    let grants = Grants::parse(row.next::<Vec<&str>>()?, &owner);
    Ok(Arc::new(TypeObject { oid, name, shape, owner, grants, comment: row.next()? }))
}

/// Name, definition, whether it is validated, comment: four fields for each constraint.
fn domain_constraints(fields: &[Option<String>]) -> Vec<DomainConstraint> {
    let constraint = |four: &[Option<String>]| match four {
        [Some(name), Some(definition), validated, comment] => Some(DomainConstraint {
            name: name.clone(),
            definition: definition.clone(),
            validated: validated.as_deref() == Some("true"),
            comment: comment.clone(),
        }),
        _ => None,
    };
    fields.chunks_exact(4).filter_map(constraint).collect()
}
