//! Finding the tenant column and the root.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::name::QualifiedName;

use super::{Line, Source, Tenancy, roles};
use crate::{options::Options, state::State};

/// Names of tables that hold tenants, in the singular.
const TENANTS: &[&str] =
    &["tenant", "organization", "organisation", "org", "workspace", "account", "company", "team", "customer"];

impl Tenancy {
    pub(super) fn find_line(&mut self, state: &State, options: &Options) {
        let tally = self.tally();
        self.column = options.tenant_column.clone();
        self.root = options.tenant_root.as_deref().map(|name| named_table(state, name));
        if self.column.is_none() {
            self.column = self
                .root
                .as_ref()
                .and_then(|root| column_to(state, root))
                .map(|(column, _)| column)
                .or_else(|| by_policies(state, &tally));
        }
        if self.column.is_none() && self.root.is_none() {
            (self.root, self.column) = by_names(state);
        }
        if self.root.is_none()
            && let Some(column) = &self.column
        {
            self.root = target_of(state, column);
        }
        let Some(column) = &self.column else { return };
        let of_column: Vec<&Compared> = tally
            .iter()
            .filter(|compared| compared.column == *column || Some(&compared.table) == self.root.as_ref())
            .collect();
        let count = |wanted: fn(Source) -> bool| of_column.iter().filter(|c| wanted(c.source)).count();
        self.line = roles::line_of(
            count(|source| source == Source::Setting),
            count(|source| source != Source::Setting),
        );
        for compared in of_column.iter().filter(|compared| compared.source == Source::Setting) {
            self.settings.extend(compared.settings.iter().cloned());
        }
    }

    fn tally(&self) -> Vec<Compared> {
        let mut tally = Vec::new();
        for (table, policies) in &self.policies {
            for facts in policies.iter().flat_map(|read| read.facts()) {
                for (column, source) in &facts.compared {
                    tally.push(Compared {
                        table: table.clone(),
                        column: column.clone(),
                        source: *source,
                        settings: facts.settings.clone(),
                    });
                }
            }
        }
        tally
    }
}

/// A comparison in a policy.
struct Compared {
    table: QualifiedName,
    column: String,
    source: Source,
    settings: BTreeSet<String>,
}

/// The column that policies of most tables compare with a setting, or with the rows that the caller is found in; a
/// column that names users is not a tenant's.
fn by_policies(state: &State, tally: &[Compared]) -> Option<String> {
    let mut tables: BTreeMap<&str, (usize, BTreeSet<&QualifiedName>)> = BTreeMap::new();
    for compared in
        tally.iter().filter(|compared| compared.source != Source::Identity || names_tenant(&compared.column))
    {
        let target = target_of_column(state, &compared.table, &compared.column);
        if compared.column == "id"
            || names_user(&compared.column)
            || target.is_some_and(|t| names_user(&t.name))
        {
            continue;
        }
        if compared.source == Source::Setting && compared.settings.iter().all(|setting| names_user(setting)) {
            continue;
        }
        let strength = match compared.source {
            Source::Setting => 2,
            _ if names_tenant(&compared.column) => 1,
            _ => continue,
        };
        let entry = tables.entry(&compared.column).or_default();
        entry.0 += strength;
        entry.1.insert(&compared.table);
    }
    let best = tables.into_iter().max_by_key(|(name, (strength, tables))| {
        (tables.len() * 2 + usize::from(names_tenant(name)) * 3 + strength, std::cmp::Reverse(*name))
    })?;
    Some(best.0.to_owned())
}

/// A table whose name is one for tenants, to which at least one table points with a column named after it.
fn by_names(state: &State) -> (Option<QualifiedName>, Option<String>) {
    let mut best: Option<(usize, usize, QualifiedName, String)> = None;
    for (name, known) in state.relations.iter() {
        if !known.relation.is_table() || known.relation.partition.is_some() {
            continue;
        }
        let Some(rank) = TENANTS.iter().position(|word| is_form_of(&name.name, word)) else { continue };
        let Some((column, tables)) = column_to(state, name) else { continue };
        // Accounts, teams, companies and customers are kept by many schemas that serve one tenant only.
        let needed = if rank < 5 { 1 } else { 4 };
        if tables < needed || (rank >= 5 && !most_tables(state, tables)) {
            continue;
        }
        let candidate = (tables, TENANTS.len() - rank, name.clone(), column);
        if best.as_ref().is_none_or(|best| (candidate.1, candidate.0) > (best.1, best.0)) {
            best = Some(candidate);
        }
    }
    best.map_or((None, None), |(_, _, root, column)| (Some(root), Some(column)))
}

/// True when so many tables are more than half of all.
fn most_tables(state: &State, tables: usize) -> bool {
    let all = state
        .relations
        .values()
        .filter(|known| known.relation.is_table() && known.relation.partition.is_none())
        .count();
    tables * 2 > all
}

/// The column with which most tables point to the key of this one, and how many do.
fn column_to(state: &State, root: &QualifiedName) -> Option<(String, usize)> {
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for known in state.relations.values().filter(|known| known.relation.name != *root) {
        for key in known.relation.foreign_keys().filter(|key| key.referenced_table.as_ref() == Some(root)) {
            if let [column] = key.columns.as_slice() {
                *columns.entry(column).or_default() += 1;
            }
        }
    }
    let named_after = |column: &str| {
        let word = column.to_ascii_lowercase().replace("_id", "").replace("id", "");
        !word.is_empty() && (root.name.to_ascii_lowercase().contains(&word) || names_tenant(column))
    };
    columns
        .into_iter()
        .filter(|(column, _)| named_after(column))
        .max_by_key(|(column, tables)| (*tables, std::cmp::Reverse(*column)))
        .map(|(column, tables)| (column.to_owned(), tables))
}

/// The table to which most foreign keys of this column alone point.
fn target_of(state: &State, column: &str) -> Option<QualifiedName> {
    let mut targets: BTreeMap<&QualifiedName, usize> = BTreeMap::new();
    for known in state.relations.values() {
        for key in known.relation.foreign_keys() {
            if let ([own], Some(target)) = (key.columns.as_slice(), &key.referenced_table)
                && own == column
            {
                *targets.entry(target).or_default() += 1;
            }
        }
    }
    targets.into_iter().max_by_key(|(_, keys)| *keys).map(|(target, _)| target.clone())
}

fn target_of_column<'a>(state: &'a State, table: &QualifiedName, column: &str) -> Option<&'a QualifiedName> {
    state
        .relation(table)?
        .relation
        .foreign_keys()
        .find(|key| key.columns == [column])
        .and_then(|key| key.referenced_table.as_ref())
}

fn named_table(state: &State, name: &str) -> QualifiedName {
    match name.split_once('.') {
        Some((schema, name)) => QualifiedName::new(schema, name),
        None => state.resolve(None, name),
    }
}

/// True for names that speak of a tenant: `tenant_id`, `organizationId`, `orgs`.
fn names_tenant(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TENANTS.iter().any(|word| name.starts_with(word) || name.contains(&format!("_{word}")))
}

/// True for names that speak of a person.
fn names_user(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["user", "owner", "author", "profile", "person", "member", "created_by", "uid"]
        .iter()
        .any(|word| name.contains(word))
}

/// True for a word or its plural, with or without a prefix such as `app_`.
fn is_form_of(name: &str, word: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let plural = match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    };
    [word, plural.as_str()].iter().any(|form| name == *form || name.ends_with(&format!("_{form}")))
}

impl Line {
    /// True when policies hold it.
    pub fn is_held(self) -> bool {
        self != Self::Nothing
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        example::Example,
        tenancy::{Line, Owned, Tenancy},
    };
    use freehold_model::name::QualifiedName;

    fn tenancy(sql: &str) -> Tenancy {
        let sql = sql.to_owned();
        let work = move || {
            let example = Example::read(&sql);
            Tenancy::of(&example.lint().state, &example.options)
        };
        freehold_sql::deep_thread().spawn(work).unwrap().join().unwrap()
    }

    fn name(name: &str) -> QualifiedName {
        QualifiedName::new("public", name)
    }

    #[test]
    fn a_root_is_what_tables_point_to_with_a_column_named_after_it() {
        let found = tenancy(
            "create table workspaces (id int primary key);\
             create table pages (id int primary key, workspace_id int not null references workspaces);\
             create table blocks (id int primary key, page_id int not null references pages);",
        );
        assert_eq!(found.column.as_deref(), Some("workspace_id"));
        assert_eq!(found.root, Some(name("workspaces")));
        assert_eq!(found.line, Line::Nothing);
        assert_eq!(found.column_of(&name("pages")), Some("workspace_id"));
        let parent = name("pages");
        let constraint = "blocks_page_id_fkey".to_owned();
        assert_eq!(found.owned.get(&name("blocks")), Some(&Owned::Through { parent, constraint }));
    }

    #[test]
    fn policies_tell_the_column_and_the_setting_whatever_they_are_called() {
        let found = tenancy(
            "create table clubs (id int primary key);\
             create table games (id int primary key, club int not null references clubs);\
             alter table games enable row level security;\
             create policy p on games using (club = (select nullif(current_setting('my.club', true), '')::int));",
        );
        assert_eq!(found.column.as_deref(), Some("club"));
        assert_eq!(found.root, Some(name("clubs")));
        assert_eq!(found.line, Line::Setting);
        assert!(found.settings.contains("my.club"));
        assert!(found.is_strict());
    }

    #[test]
    fn a_project_may_name_it() {
        let found = tenancy(
            "-- option: tenant-root shops\n-- option: shared countries\n\
             create table shops (id int primary key);\
             create table countries (id int primary key, shop_id int);\
             create table items (id int primary key, shop_id int not null references shops);",
        );
        assert_eq!(found.column.as_deref(), Some("shop_id"));
        assert!(
            found.is_strict() && found.carries_tenant(&name("items")) && !found.is_owned(&name("countries"))
        );
    }

    #[test]
    fn users_are_no_tenants_and_neither_are_customers_of_one_shop() {
        for sql in [
            "create table users (id int primary key); create table posts (id int primary key, user_id int not null references users);",
            "create table customers (id int primary key); create table orders (id int primary key, customer_id int not null references customers);",
            "create table tenants (id int primary key);",
            "create table notes (id int primary key, user_id int not null); alter table notes enable row level security;\
             create policy p on notes using (user_id = (select nullif(current_setting('app.user_id', true), '')::int));",
        ] {
            assert!(!tenancy(sql).is_there(), "{sql}");
        }
    }
}
