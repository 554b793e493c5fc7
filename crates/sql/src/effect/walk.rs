//! Walks over any parse tree and collects relations, function calls and types, wherever they stand.
//!
//! The trees have some 270 node types; naming the fields of each would miss the next one. They can all be serialised,
//! so this is a serialiser that writes nothing and only remembers what it passes: the names of the structs and fields
//! from the root to where it stands tell what role a relation has.

mod serializer;

use serde::Serialize;

use super::object::Use;

/// What a walk has found, in order.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) relations: Vec<Relation>,
    /// Name parts of each call.
    pub(crate) calls: Vec<Vec<String>>,
    /// Name parts of each type.
    pub(super) types: Vec<Vec<String>>,
    /// Name parts of each column; those of `t.*` are `t` alone.
    pub(crate) columns: Vec<Vec<String>>,
    /// `pg_terminate_backend` was called with `pg_backend_pid()` inside its arguments.
    pub(super) kills_own_backend: bool,
}

/// A relation that is named, common table expressions left out.
#[derive(Debug)]
pub(crate) struct Relation {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(super) use_: Use,
}

/// Walks over a tree.
pub(crate) fn walk(tree: &impl Serialize) -> Found {
    let mut walker = Walker::default();
    // The serialiser has no way to fail.
    let _ = tree.serialize(&mut walker);
    walker.finish()
}

/// Fields in which a relation is the subject of its command, which the command's own code reports.
const SUBJECTS: &[(&str, &str)] = &[
    ("AlterObjectDependsStmt", "relation"),
    ("AlterObjectSchemaStmt", "relation"),
    ("AlterOwnerStmt", "relation"),
    ("AlterPolicyStmt", "table"),
    ("AlterSeqStmt", "sequence"),
    ("AlterTableStmt", "relation"),
    ("ClusterStmt", "relation"),
    ("CommentStmt", "object"),
    ("CompositeTypeStmt", "typevar"),
    ("CopyStmt", "relation"),
    ("CreatePolicyStmt", "table"),
    ("CreateSeqStmt", "sequence"),
    ("AlterTableCmd", "def"),
    ("CreateStatsStmt", "relations"),
    ("CreateStmt", "inh_relations"),
    ("CreateStmt", "relation"),
    ("CreateTrigStmt", "relation"),
    ("GrantStmt", "objects"),
    ("IndexStmt", "relation"),
    ("IntoClause", "rel"),
    ("LockStmt", "relations"),
    ("PartitionCmd", "name"),
    ("PublicationTable", "relation"),
    ("RefreshMatViewStmt", "relation"),
    ("ReindexStmt", "relation"),
    ("RenameStmt", "relation"),
    ("RuleStmt", "relation"),
    ("TruncateStmt", "relations"),
    ("VacuumRelation", "relation"),
    ("ViewStmt", "view"),
];

/// Statements that may have a `WITH` of their own.
const SCOPES: &[&str] = &["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

#[derive(Default)]
struct Walker {
    frames: Vec<Frame>,
    scopes: Vec<Scope>,
    place: Place,
    relations: Vec<(Relation, Place)>,
    found: Found,
}

/// A struct that is being walked over.
struct Frame {
    name: &'static str,
    field: &'static str,
    /// What the struct's own strings say: schema and name of a relation, parts of a name.
    parts: Vec<String>,
    schema: String,
    outer: Place,
}

/// Where something stands among the `WITH` clauses: the innermost scope, and which of its queries.
#[derive(Debug, Default, Clone, Copy)]
struct Place {
    scope: Option<usize>,
    query: Option<usize>,
}

#[derive(Default)]
struct Scope {
    outer: Place,
    names: Vec<String>,
    recursive: bool,
}

impl Walker {
    fn enter(&mut self, name: &'static str) {
        self.frames.push(Frame {
            name,
            field: "",
            parts: Vec::new(),
            schema: String::new(),
            outer: self.place,
        });
        if SCOPES.contains(&name) {
            self.scopes.push(Scope { outer: self.place, ..Scope::default() });
            self.place = Place { scope: Some(self.scopes.len() - 1), query: None };
        }
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.place = frame.outer;
        match frame.name {
            "RangeVar" => self.leave_relation(frame),
            "FuncCall" => self.leave_call(frame),
            "TypeName" => self.found.types.push(frame.parts),
            "ColumnRef" => self.found.columns.push(frame.parts),
            _ => {}
        }
    }

    fn leave_relation(&mut self, frame: Frame) {
        let owner = self.frames.iter().rev().find(|outer| !matches!(outer.name, "Node" | "List"));
        let (owner, field) = owner.map_or(("", ""), |owner| (owner.name, owner.field));
        if SUBJECTS.contains(&(owner, field)) {
            return;
        }
        let written =
            matches!(owner, "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt") && field == "relation";
        let relation = Relation {
            schema: Some(frame.schema).filter(|schema| !schema.is_empty()),
            name: frame.parts.into_iter().next_back().unwrap_or_default(),
            use_: if written { Use::Writes } else { Use::Reads },
        };
        self.relations.push((relation, self.place));
    }

    fn leave_call(&mut self, frame: Frame) {
        let ends_itself = frame.parts.last().is_some_and(|name| name == "pg_backend_pid")
            && self.frames.iter().any(|outer| {
                outer.name == "FuncCall"
                    && outer.field == "args"
                    && outer.parts.last().is_some_and(|name| name == "pg_terminate_backend")
            });
        self.found.kills_own_backend |= ends_itself;
        self.found.calls.push(frame.parts);
    }

    fn text(&mut self, value: &str) {
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else { return };
        match (frame.name, frame.field) {
            ("RangeVar", "schemaname") => value.clone_into(&mut frame.schema),
            ("RangeVar", "relname") => frame.parts.push(value.to_owned()),
            ("CommonTableExpr", "ctename") => self.enter_query(value),
            ("String", "sval") => {
                // A name is a list of nodes of strings: the struct that has the name is two frames out.
                if let Some(owner) = depth.checked_sub(3).and_then(|at| self.frames.get_mut(at))
                    && matches!(
                        (owner.name, owner.field),
                        ("FuncCall", "funcname") | ("TypeName", "names") | ("ColumnRef", "fields")
                    )
                {
                    owner.parts.push(value.to_owned());
                }
            }
            _ => {}
        }
    }

    /// A query of a `WITH` begins; its own name is the first of its fields.
    fn enter_query(&mut self, name: &str) {
        if let Some(scope) = self.place.scope.and_then(|at| self.scopes.get_mut(at)) {
            self.place.query = Some(scope.names.len());
            scope.names.push(name.to_owned());
        }
    }

    fn flag(&mut self, value: bool) {
        let recursive =
            self.frames.last().is_some_and(|frame| (frame.name, frame.field) == ("WithClause", "recursive"));
        if recursive && let Some(scope) = self.place.scope.and_then(|at| self.scopes.get_mut(at)) {
            scope.recursive = value;
        }
    }

    /// True when a bare name at this place means a query of a `WITH`. Without `RECURSIVE` a query sees only those
    /// before it.
    fn is_query_name(&self, name: &str, mut place: Place) -> bool {
        while let Some(scope) = place.scope.and_then(|at| self.scopes.get(at)) {
            let visible = match place.query {
                Some(query) if !scope.recursive => query,
                _ => scope.names.len(),
            };
            if scope.names.iter().take(visible).any(|query| query == name) {
                return true;
            }
            place = scope.outer;
        }
        false
    }

    fn finish(mut self) -> Found {
        for (relation, place) in std::mem::take(&mut self.relations) {
            let query = relation.use_ == Use::Reads
                && relation.schema.is_none()
                && self.is_query_name(&relation.name, place);
            if !query {
                self.found.relations.push(relation);
            }
        }
        self.found
    }
}
