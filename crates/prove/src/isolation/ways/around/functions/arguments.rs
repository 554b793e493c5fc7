//! Arguments to call a function with: keys and values of tenants' rows where names or types say so, NULLs, plausible values.

use freehold_model::{
    catalog::{Function, FunctionKind, Relation},
    name::quote_literal,
};

use super::outside;
use crate::isolation::{error::IsolationError, world::World};

/// The most calls of one function.
const CALLS: usize = 20;
/// The most values of one argument.
const VALUES: usize = 6;

/// How a function is called.
#[derive(Debug)]
pub(in crate::isolation::ways::around) struct Signature {
    arguments: Vec<Argument>,
    /// How many of the last arguments may be left out.
    defaults: usize,
}

#[derive(Debug)]
struct Argument {
    name: String,
    /// `b` is given and returned, `i` is given, `o` only returned, `v` takes any number.
    mode: String,
    /// The type's name with its schema, quoted.
    type_name: String,
    /// The type below domains and arrays, as columns have it.
    base: String,
    is_array: bool,
}

/// Reads how a function is called; none where it takes what cannot be written as SQL.
pub(in crate::isolation::ways::around) async fn signature(
    world: &World<'_>,
    function: &Function,
) -> Result<Option<Signature>, IsolationError> {
    let sql = "SELECT coalesce(p.proargnames[a.place], '')::pg_catalog.text, \
                      coalesce(p.proargmodes[a.place], 'i')::pg_catalog.text, \
                      pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname), \
                      pg_catalog.format_type(coalesce(nullif(d.typbasetype, 0), nullif(e.typbasetype, 0), e.oid, d.oid), NULL), \
                      d.typcategory = 'A', t.typtype = 'p' AND t.typname NOT LIKE 'any%' AND t.typname <> 'record', \
                      p.pronargdefaults::pg_catalog.int4 \
               FROM pg_catalog.pg_proc p \
               CROSS JOIN LATERAL pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) \
                    WITH ORDINALITY AS a (type, place) \
               JOIN pg_catalog.pg_type t ON t.oid = a.type \
               JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
               JOIN pg_catalog.pg_type d ON d.oid = a.type \
               LEFT JOIN pg_catalog.pg_type e ON e.oid = d.typelem AND d.typcategory = 'A' \
               WHERE p.oid = $1 ORDER BY a.place";
    let rows = world
        .session
        .query(sql, &[&function.oid])
        .await
        .map_err(IsolationError::own(format!("reading how {} is called", function.name)))?;
    let is_procedure = function.kind == FunctionKind::Procedure;
    let mut signature = Signature { arguments: Vec::new(), defaults: 0 };
    for row in &rows {
        let mode: String = row.get(1);
        let type_name: String = row.get(2);
        if mode == "t" || (mode == "o" && !is_procedure) {
            continue;
        }
        if row.get::<_, bool>(5) {
            return Ok(None);
        }
        let is_any = type_name.starts_with("pg_catalog.any");
        let defaults: i32 = row.get(6);
        signature.defaults = usize::try_from(defaults).unwrap_or(0);
        signature.arguments.push(Argument {
            name: bare(&row.get::<_, String>(0)),
            mode,
            type_name: if is_any { "pg_catalog.text".to_owned() } else { type_name },
            base: if is_any { "text".to_owned() } else { row.get(3) },
            is_array: row.get(4),
        });
    }
    Ok(Some(signature))
}

/// A name without what is put before or after it to tell it from a column.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let before = ["p_", "in_", "arg_", "v_", "i_", "param_", "the_", "_"];
    let name = before.iter().find_map(|part| name.strip_prefix(part)).unwrap_or(&name).to_owned();
    let after = ["_in", "_arg", "_param", "_"];
    after.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(&name).to_owned()
}

impl Signature {
    /// Statements that call the function, the most telling first.
    pub(in crate::isolation::ways::around) fn calls(
        &self,
        world: &World<'_>,
        function: &Function,
    ) -> Vec<String> {
        let relations = relations(world, function);
        let of = |tenant: usize| -> Vec<Vec<String>> {
            self.arguments.iter().map(|argument| argument.values(world, &relations, tenant)).collect()
        };
        let (a, b) = (of(0), of(1));
        let pick = |values: &[Vec<String>], at: usize| -> Vec<String> {
            let one = |values: &Vec<String>| values.get(at % values.len().max(1)).cloned();
            values.iter().map(|values| one(values).unwrap_or_else(|| "NULL".to_owned())).collect()
        };
        let most = b.iter().map(Vec::len).max().unwrap_or(0);
        let mut tuples: Vec<Vec<String>> = vec![pick(&b, 0), pick(&a, 0)];
        if self.arguments.len() > 1 {
            for at in 0..self.arguments.len().min(4) {
                // One from B among A's, and one of A's among B's.
                for (all, other) in [(&a, &b), (&b, &a)] {
                    let mut tuple = pick(all, 0);
                    if let (Some(place), Some(value)) = (tuple.get_mut(at), pick(other, 0).get(at)) {
                        place.clone_from(value);
                    }
                    tuples.push(tuple);
                }
            }
        }
        tuples.extend((1..most).map(|at| pick(&b, at)));
        tuples.push(self.arguments.iter().map(|_| "NULL".to_owned()).collect());
        tuples.push(pick(&a, 1));
        let mut calls = Vec::new();
        for tuple in tuples {
            let call = self.call(function, &tuple, tuple.len());
            if !calls.contains(&call) && calls.len() < CALLS {
                calls.push(call);
            }
        }
        if self.defaults > 0 {
            let given = self.arguments.len().saturating_sub(self.defaults);
            for values in [&b, &a] {
                let call = self.call(function, &pick(values, 0), given);
                if !calls.contains(&call) {
                    calls.push(call);
                }
            }
        }
        calls
    }

    fn call(&self, function: &Function, values: &[String], given: usize) -> String {
        let arguments: Vec<String> = self
            .arguments
            .iter()
            .zip(values)
            .take(given)
            .map(|(argument, value)| argument.written(value))
            .collect();
        let name = function.name.quoted();
        match function.kind {
            FunctionKind::Procedure => format!("CALL {name}({})", arguments.join(", ")),
            _ => format!("SELECT * FROM {name}({})", arguments.join(", ")),
        }
    }
}

impl Argument {
    fn written(&self, value: &str) -> String {
        if self.mode == "o" {
            return "NULL".to_owned();
        }
        let value = match (self.is_array, value) {
            (true, "NULL") | (false, _) => format!("{value}::{}", self.type_name),
            (true, value) => format!("ARRAY[{value}]::{}", self.type_name),
        };
        if self.mode == "v" { format!("VARIADIC {value}") } else { value }
    }

    /// Values for a tenant as SQL literals: by name, by key, by type, and at last what is plausible.
    fn values(&self, world: &World<'_>, relations: &[&Relation], tenant: usize) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut add = |value: Option<&str>| {
            if let Some(value) = value.map(quote_literal)
                && !found.contains(&value)
            {
                found.push(value);
            }
        };
        if self.speaks_of_tenant(world) {
            add(world.tenants.get(tenant).map(String::as_str));
        }
        if ["user", "member", "uid", "person", "actor", "profile"].iter().any(|word| self.name.contains(word))
        {
            add(world.users.get(tenant).filter(|user| !user.is_empty()).map(String::as_str));
        }
        if group(&self.base) == "json" {
            for value in relations.iter().filter_map(|relation| document(world, relation, tenant)) {
                add(Some(&value));
            }
        }
        for exactness in 0..3 {
            // First rows of all tables come before second rows of any.
            for at in 0..3 {
                for relation in relations {
                    let Some(truth) = world.truth(relation.oid) else { continue };
                    let Some(row) = truth.of(tenant).nth(at) else { continue };
                    for column in self.columns(world, relation, exactness) {
                        add(truth.value(row, &column));
                    }
                }
            }
        }
        found.truncate(VALUES);
        let found_none = found.is_empty();
        for value in plausible(&self.name, &self.base) {
            if found_none || found.len() < VALUES {
                found.push(quote_literal(value));
            }
        }
        found
    }

    fn speaks_of_tenant(&self, world: &World<'_>) -> bool {
        let columns = world.tenancy.owned.keys().filter_map(|oid| world.tenancy.column_of(*oid));
        let root = world.tenancy.root.and_then(|root| world.catalog.relation_by_oid(root));
        let root = root.map(|root| root.name.name.trim_end_matches('s').to_ascii_lowercase());
        let name = self.name.as_str();
        columns.into_iter().any(|column| column.len() > 2 && column.eq_ignore_ascii_case(name))
            || root.is_some_and(|root| name.contains(root.as_str()))
            || ["tenant", "org"].iter().any(|word| name.contains(word))
    }

    /// Columns whose values fit: 0 by name, 1 keys by type, 2 whatever is of the type.
    fn columns(&self, world: &World<'_>, relation: &Relation, exactness: usize) -> Vec<String> {
        let of_type = relation.columns.iter().filter(|column| group(&column.type_name) == group(&self.base));
        let singular = relation.name.name.to_ascii_lowercase();
        let singular = singular.trim_end_matches('s');
        let table = self.name.trim_end_matches("_id").trim_end_matches("_uuid").trim_end_matches("_key");
        let is_key = |name: &str| {
            let keys = relation
                .constraints
                .iter()
                .filter(|key| key.index_oid.is_some() || key.referenced_table.is_some());
            keys.into_iter().any(|key| key.columns.iter().any(|column| column == name))
        };
        let tenant = world.tenancy.column_of(relation.oid);
        let of_type = of_type.filter(|column| match exactness {
            0 => {
                let same = column.name.eq_ignore_ascii_case(&self.name);
                let key_of_table = !table.is_empty()
                    && singular == table.trim_end_matches('s')
                    && relation.primary_key().is_some_and(|key| key.columns.contains(&column.name))
                    && tenant != Some(column.name.as_str());
                same && self.name != "id" || key_of_table
            }
            1 => is_key(&column.name),
            _ => true,
        });
        of_type.map(|column| column.name.clone()).collect()
    }
}

/// Types whose values can stand for each other.
fn group(type_name: &str) -> &str {
    let bare = type_name.split('(').next().unwrap_or(type_name).trim();
    match bare {
        "text" | "character varying" | "character" | "citext" | "name" => "text",
        "smallint" | "integer" | "bigint" => "number",
        "json" | "jsonb" => "json",
        "date" | "timestamp with time zone" | "timestamp without time zone" => "moment",
        other => other,
    }
}

/// A row of the tenant's as a document.
fn document(world: &World<'_>, relation: &Relation, tenant: usize) -> Option<String> {
    let truth = world.truth(relation.oid)?;
    let row = truth.of(tenant).next()?;
    let fields = truth.columns.iter().zip(&row.values).map(|(name, value)| {
        let value = value.clone().map_or(serde_json::Value::Null, serde_json::Value::String);
        (name.clone(), value)
    });
    Some(serde_json::Value::Object(fields.collect()).to_string())
}

/// Tables with rows of tenants: those that the body names, or all where it names none; the narrowest names last.
fn relations<'w>(world: &'w World<'_>, function: &Function) -> Vec<&'w Relation> {
    let bodies = outside::bodies(&world.catalog, function);
    let owned = world.tenancy.owned.keys().filter_map(|oid| world.catalog.relation_by_oid(*oid));
    let owned: Vec<&Relation> = owned.filter(|relation| relation.partition.is_none()).collect();
    let named = |relation: &&Relation| bodies.iter().any(|body| outside::mentions(body, &relation.name.name));
    let named: Vec<&Relation> = owned.iter().copied().filter(named).collect();
    if named.is_empty() { owned.into_iter().take(8).collect() } else { named }
}

fn plausible(name: &str, base: &str) -> &'static [&'static str] {
    let speaks_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match group(base) {
        "number" | "numeric" | "real" | "double precision" if speaks_of(&["offset", "skip"]) => &["0"],
        "number" | "numeric" | "real" | "double precision" => &["100", "1", "0"],
        "boolean" => &["true", "false"],
        "text" if speaks_of(&["query", "search", "term", "pattern", "like", "filter"]) => &["%", ""],
        "text" => &["%", "a", ""],
        "uuid" => &["00000000-0000-4000-8000-000000000000"],
        "moment" => &["2000-01-01", "2100-01-01"],
        "interval" => &["1000 years", "1 day"],
        "json" => &["{}", "[]"],
        "inet" | "cidr" => &["0.0.0.0/0"],
        "daterange" | "tsrange" | "tstzrange" | "int4range" | "int8range" | "numrange" => &["(,)"],
        "bytea" => &["\\x00"],
        _ => &[],
    }
}

impl Signature {
    /// One call with the first values of B, and one with those of A.
    pub(in crate::isolation::ways::around) fn first_calls(
        &self,
        world: &World<'_>,
        function: &Function,
    ) -> Vec<String> {
        self.calls(world, function).into_iter().take(2).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{bare, group};

    #[test]
    fn what_tells_an_argument_from_a_column_is_taken_off() {
        assert_eq!(bare("p_order_id"), "order_id");
        assert_eq!(bare("_tenant"), "tenant");
        assert_eq!(bare("Title_in"), "title");
        assert_eq!(group("character varying(10)"), group("text"));
    }
}
