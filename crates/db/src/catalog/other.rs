//! The catalogs whose objects are compared as a list of facts: one SQL file each, read again as a whole when it changed.

use std::sync::Arc;

use freehold_model::catalog::{FactValue, Facts, Grants, ObjectKind, Other};
use tokio_postgres::Row;

use super::rows::{Bad, Fields};

/// A catalog of other objects.
#[derive(Debug)]
pub(super) struct OtherCatalog {
    /// What its objects are.
    pub(super) kind: ObjectKind,
    /// The id of the catalog itself in `pg_class`, by which the probe and comments name it.
    pub(super) id: u32,
    /// Gives `oid, name, owner, acl, comment, names, values`, the last two being the facts.
    pub(super) sql: &'static str,
}

macro_rules! others {
    ($($kind:ident $id:literal $file:literal,)*) => {
        /// All of them.
        pub(super) static OTHERS: &[OtherCatalog] = &[
            $(OtherCatalog { kind: ObjectKind::$kind, id: $id, sql: include_str!(concat!("other/", $file, ".sql")) },)*
        ];
    };
}

others! {
    Cast 2605 "cast",
    Operator 2617 "operator",
    OperatorClass 2616 "operator_class",
    OperatorFamily 2753 "operator_family",
    AccessMethod 2601 "access_method",
    Collation 3456 "collation",
    Conversion 2607 "conversion",
    Language 2612 "language",
    Transform 3576 "transform",
    TextSearchConfiguration 3602 "text_search_configuration",
    TextSearchDictionary 3600 "text_search_dictionary",
    TextSearchParser 3601 "text_search_parser",
    TextSearchTemplate 3764 "text_search_template",
    EventTrigger 3466 "event_trigger",
    Publication 6104 "publication",
    Subscription 6100 "subscription",
    ForeignDataWrapper 2328 "foreign_data_wrapper",
    ForeignServer 1417 "foreign_server",
    UserMapping 1418 "user_mapping",
    DefaultPrivileges 826 "default_privileges",
    DatabaseSetting 2964 "database_setting",
}

/// The object of one row.
pub(super) fn object(kind: ObjectKind, row: &Row) -> Result<Arc<Other>, Bad> {
    let mut fields = Fields::new(row);
    let (oid, name) = (fields.next()?, fields.next()?);
    let owner: Option<String> = fields.next()?;
    let acl: Option<Vec<String>> = fields.next()?;
    let comment: Option<String> = fields.next()?;
    let names: Vec<String> = fields.next()?;
    let values: Vec<Option<String>> = fields.next()?;
    let mut facts = Facts::new();
    for (name, value) in names.into_iter().zip(values) {
        facts = facts.with(name, FactValue::Long(value));
    }
    let grants =
        acl.map(|acl| Grants::parse(acl.iter().map(String::as_str), owner.as_deref().unwrap_or_default()));
    if let Some(grants) = &grants {
        facts = facts.set("privileges", grants.lines());
    }
    facts = facts.maybe("owner", owner.as_deref()).long("comment", comment.as_deref());
    Ok(Arc::new(Other { oid, kind, name, grants, facts }))
}
