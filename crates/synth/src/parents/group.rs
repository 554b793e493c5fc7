//! A group of keys that share columns, and the SQL of their parents' combinations.

use std::{collections::BTreeSet, fmt::Write as _};

use freehold_model::name::quote_identifier;

use super::SOME;
use crate::{
    plan::{COLOUR, NUMBER},
    table::{Foreign, Parent, Table},
};

/// The order of combinations of one colour.
const TURN: &str = "\"freehold turn\"";

/// Keys that share columns, the widest first.
pub(crate) struct Group {
    pub(crate) keys: Vec<Foreign>,
    /// Columns whose values must not repeat among the parents chosen.
    pub(crate) distinct: Vec<String>,
}

impl Group {
    pub(crate) fn shares(&self, key: &Foreign) -> bool {
        self.keys.iter().any(|own| own.columns.iter().any(|column| key.columns.contains(column)))
    }

    pub(crate) fn columns(&self) -> BTreeSet<String> {
        self.keys.iter().flat_map(|key| key.columns.iter().cloned()).collect()
    }

    /// Rows of agreeing parents, one column for each column of the first `keys` keys. `each` limits the first
    /// parents, `follow` how many of the next are taken for each.
    fn joined(&self, keys: usize, each: Option<u64>, follow: u64) -> String {
        let mut columns: Vec<(String, String)> = Vec::new();
        let mut from = String::new();
        let coloured = self.coloured(keys);
        for (at, key) in self.keys.iter().take(keys).enumerate() {
            let mut wheres = Vec::new();
            let mut taken = Vec::new();
            let pairs: Vec<_> = key.columns.iter().zip(&key.parent_columns).collect();
            for (column, parent) in &pairs {
                let parent = quote_identifier(parent);
                wheres.push(format!("{parent} IS NOT NULL"));
                taken.push(parent.clone());
                match columns.iter().find(|(known, _)| known == *column) {
                    Some((_, value)) => wheres.push(format!("{parent} = {value}")),
                    None => columns.push(((*column).clone(), format!("p{at}.{parent}"))),
                }
            }
            taken.dedup();
            let list = taken.join(", ");
            let distinct = if matches!(key.parent, Parent::Query) { "DISTINCT " } else { "" };
            let limit = if at == 0 { each } else { Some(follow) };
            // Many keys: the first parents are scattered, so that each value of what is shared has its chance.
            let order = if at == 0 && keys > 1 && distinct.is_empty() {
                format!("pg_catalog.md5(ROW({list})::pg_catalog.text)")
            } else {
                list.clone()
            };
            if at == 0 && coloured {
                let limit = limit.map(|limit| format!(" WHERE ranked.{TURN} <= {limit}")).unwrap_or_default();
                let _ = write!(
                    from,
                    "(SELECT * FROM (SELECT {list}, {COLOUR}, pg_catalog.row_number() OVER \
                     (PARTITION BY {COLOUR} ORDER BY {NUMBER}) AS {TURN} FROM {} WHERE {}) AS ranked{limit}) AS p0",
                    key.from,
                    wheres.join(" AND ")
                );
                continue;
            }
            let order = if key.coloured {
                wheres.push(format!("{COLOUR} = p0.{COLOUR}"));
                NUMBER.to_owned()
            } else {
                order
            };
            let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
            let distinct = if key.coloured { "" } else { distinct };
            let part = format!(
                "(SELECT {distinct}{list} FROM {} WHERE {} ORDER BY {order}{limit}) AS p{at}",
                key.from,
                wheres.join(" AND ")
            );
            let _ = write!(from, "{}{part}", if at == 0 { "" } else { " CROSS JOIN LATERAL " });
        }
        let mut values: Vec<String> =
            columns.iter().map(|(name, value)| format!("{value} AS {}", quote_identifier(name))).collect();
        if coloured {
            values.push(format!("p0.{COLOUR}, p0.{TURN}"));
        }
        format!("SELECT {} FROM {from}", values.join(", "))
    }

    /// True when the combinations of the first keys say whose they are. Coloured keys come first.
    pub(crate) fn coloured(&self, keys: usize) -> bool {
        keys > 0 && self.keys.first().is_some_and(|key| key.coloured)
    }

    /// The pool's rows before they are numbered.
    pub(super) fn rows(&self, table: &Table, keys: usize, need: u64) -> String {
        let limit = need.max(SOME);
        let coloured = self.coloured(keys);
        let seen: BTreeSet<&String> = self.keys.iter().take(keys).flat_map(|key| &key.columns).collect();
        let distinct: Vec<String> = self
            .distinct
            .iter()
            .filter(|column| seen.contains(column))
            .map(|column| quote_identifier(column))
            .collect();
        if need == 0 || distinct.is_empty() || distinct.len() < self.distinct.len() {
            let joined = self.joined(keys, Some(limit), 3);
            return if coloured { joined } else { format!("{joined} LIMIT {limit}") };
        }
        let list = distinct.join(", ");
        // Only parents that no row has yet, so that one to one stays one to one.
        let own = table.uniques.iter().any(|unique| {
            let names = unique.columns.iter().filter_map(|number| table.position(*number));
            let names = names.filter_map(|at| table.columns.get(at)).map(|column| &column.name);
            !unique.partial && names.collect::<BTreeSet<_>>() == self.distinct.iter().collect()
        });
        let unused = if own {
            let same: Vec<String> = distinct.iter().map(|name| format!("own.{name} = free.{name}")).collect();
            format!(
                " WHERE NOT EXISTS (SELECT FROM {} AS own WHERE {})",
                table.name.quoted(),
                same.join(" AND ")
            )
        } else {
            String::new()
        };
        format!(
            "SELECT DISTINCT ON ({colour}{list}) * FROM ({}) AS free{unused} ORDER BY {colour}{list}{limit}",
            self.joined(keys, None, SOME),
            colour = if coloured { format!("{COLOUR}, ") } else { String::new() },
            limit = if coloured { String::new() } else { format!(" LIMIT {limit}") },
        )
    }

    /// Columns of the key at `at` that no other key of the group fills.
    pub(super) fn own_columns(&self, at: usize) -> Vec<String> {
        let others = |name: &String| {
            self.keys.iter().enumerate().any(|(other, key)| other != at && key.columns.contains(name))
        };
        let columns = self.keys.get(at).map(|key| key.columns.as_slice()).unwrap_or_default();
        columns.iter().filter(|name| !others(name)).cloned().collect()
    }
}

/// Numbers a pool's rows, those of each colour by themselves.
pub(super) fn numbered(rows: &str, coloured: bool) -> String {
    let order = if coloured { format!("PARTITION BY {COLOUR} ORDER BY {TURN}") } else { String::new() };
    format!("SELECT pg_catalog.row_number() OVER ({order}) - 1 AS {NUMBER}, q.* FROM ({rows}) AS q")
}
