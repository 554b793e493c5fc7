//! Row security on every partition: a partition that is named itself is not guarded by its parent's policies.

use freehold_model::catalog::Relation;

use super::{Case, Change, Family, Fix};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    let mut parents: Vec<&Relation> = Vec::new();
    for relation in open(case) {
        let name = relation.name.to_string();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        if !relation.row_security {
            up.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"));
            down.push(format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;"));
        }
        if !relation.force_row_security {
            up.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"));
            down.push(format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;"));
        }
        for policy in &relation.policies {
            let policy = freehold_model::name::display_identifier(&policy.name);
            fix.remains
                .push(format!("{name} has a policy {policy} of its own, which lets others' rows through"));
        }
        if up.is_empty() {
            continue;
        }
        down.reverse();
        fix.changes.push(Change {
            up: up.join("\n"),
            down: down.join("\n"),
            why: format!("{name} is reached through its parent's policies only"),
        });
        let parent =
            relation.partition.as_ref().and_then(|partition| case.catalog.relation(&partition.parent));
        parents.extend(parent.filter(|parent| !parents.iter().any(|known| known.oid == parent.oid)));
    }
    for parent in parents {
        fix.remains.push(format!(
            "partitions of {} that are made later need ENABLE and FORCE ROW LEVEL SECURITY too: put both beside the \
             statement that makes them",
            parent.name
        ));
    }
}

fn open<'a>(case: &Case<'a>) -> Vec<&'a Relation> {
    const FAMILIES: &[Family] = &[Family::Read, Family::Write, Family::Context, Family::Around];
    let mut seen = std::collections::BTreeSet::new();
    case.leaks(FAMILIES)
        .map(|(_, relation)| relation)
        .filter(|relation| relation.partition.is_some() && seen.insert(relation.oid))
        .collect()
}
