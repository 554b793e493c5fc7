//! The application's role itself, and every role that it can become: superuser, BYPASSRLS, owner, other grants.

use freehold_model::name::{quote_identifier, quote_literal};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Trial, Who, send},
    way::{Family, Way},
    ways::{
        context::nobody::columns,
        judge::{SHOWN, foreign_rows, list},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-role",
    family: Family::Around,
    title: "the application's role and those that it can become",
    run: |world, target| Box::pin(run(world, target)),
};

/// A role that the application is or can become.
struct Other {
    name: String,
    /// Superuser or BYPASSRLS.
    unbound: bool,
    /// The role that runs in a tenant's context is a member, not only the one that connects.
    from_context: bool,
}

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let (looked, others) = others(world).await?;
    let mut outcomes = Vec::new();
    let mut held = vec![looked];
    for other in &others {
        match reached(world, other).await? {
            Ok(outcome) => outcomes.push(outcome),
            Err(sql) => held.push(sql),
        }
    }
    if outcomes.is_empty() {
        let names: Vec<&str> = others.iter().map(|other| other.name.as_str()).collect();
        let seen = match names.as_slice() {
            [] => format!("{} is no superuser, has no BYPASSRLS, and can become no other role", world.role),
            names => format!("as {} no more is seen than before", names.join(", ")),
        };
        outcomes.push(Outcome::held(held.join("\n"), seen));
    }
    Ok(outcomes)
}

async fn others(world: &World<'_>) -> Result<(String, Vec<Other>), IsolationError> {
    let (role, effective) = (quote_literal(&world.role), quote_literal(&world.effective_role));
    let sql = format!(
        "SELECT r.rolname, r.rolsuper OR r.rolbypassrls, pg_catalog.pg_has_role({effective}, r.oid, 'MEMBER') \
         FROM pg_catalog.pg_roles r, pg_catalog.pg_roles own WHERE own.rolname = {role} \
           AND (r.rolname IN ({role}, {effective}) OR (NOT own.rolsuper AND pg_catalog.pg_has_role(own.oid, r.oid, 'MEMBER'))) \
           AND (r.rolname !~ '^pg_' OR r.rolname IN ('pg_read_all_data', 'pg_write_all_data')) ORDER BY 1"
    );
    let answer = match send(&world.session, std::slice::from_ref(&sql)).await?.pop() {
        Some(Ok(answer)) => answer,
        _ => Answer::default(),
    };
    // The roles that contexts take on are the context: taking on another's is an attacker's affair.
    let contexts = (0..world.tenants.len()).map(|tenant| Who { tenant: Some(tenant), role: None });
    let asked = contexts.map(|who| world.trial(who).run("SELECT current_user"));
    let taken = Trial::all(asked).await?;
    let taken: Vec<&str> =
        taken.iter().filter_map(|seen| seen.last().ok().and_then(|answer| answer.value())).collect();
    let mut others = Vec::new();
    for row in &answer.rows {
        let [Some(name), unbound, member] = row.as_slice() else { continue };
        let unbound = unbound.as_deref() == Some("t");
        let is_own = *name == world.role || taken.contains(&name.as_str());
        if !is_own || unbound {
            let from_context = member.as_deref() == Some("t");
            others.push(Other { name: name.clone(), unbound, from_context });
        }
    }
    Ok((format!("{sql};"), others))
}

/// What that role sees of other tenants that the application does not see as it is; else what was run.
async fn reached(world: &World<'_>, other: &Other) -> Result<Result<Outcome, String>, IsolationError> {
    let is_own = other.name == world.effective_role;
    let tables: Vec<_> = world
        .tenancy
        .owned
        .keys()
        .filter_map(|oid| world.catalog.relation_by_oid(*oid).zip(world.truth(*oid)))
        .filter(|(relation, _)| world.lacks_rows(relation).is_none())
        .map(|(relation, truth)| {
            let columns = columns(relation, &world.may(relation.oid));
            let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
            (relation, truth, columns, select)
        })
        .collect();
    let take = (!is_own).then(|| world.taking_role(&other.name));
    let as_other = tables.iter().map(|(.., select)| world.trial(Who::A).run_all(take.clone()).run(select));
    let seen = Trial::all(as_other).await?;
    let mut first: Option<(String, Vec<String>)> = None;
    let mut names = Vec::new();
    for ((relation, truth, columns, select), seen) in tables.iter().zip(&seen) {
        let Ok(answer) = seen.last() else { continue };
        let crossed = foreign_rows(truth, columns, answer);
        if crossed.rows.is_empty() {
            continue;
        }
        if !other.unbound {
            let usual = world.trial(Who::A).run(select).go().await?;
            let usual = usual.last().map(|answer| foreign_rows(truth, columns, answer)).unwrap_or_default();
            if usual.rows.len() >= crossed.rows.len() {
                continue;
            }
        }
        names.push(relation.name.to_string());
        first.get_or_insert_with(|| (seen.sql.clone(), crossed.lines(SHOWN)));
    }
    let Some((sql, returned)) = first else {
        return Ok(Err(seen.first().map(|seen| seen.sql.clone()).unwrap_or_default()));
    };
    Ok(Ok(leak(world, other, is_own, &names, &sql, returned)))
}

fn leak(
    world: &World<'_>,
    other: &Other,
    is_own: bool,
    tables: &[String],
    sql: &str,
    returned: Vec<String>,
) -> Outcome {
    let shown = tables.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more =
        if tables.len() > SHOWN { format!(" and {} more", tables.len() - SHOWN) } else { String::new() };
    let name = &other.name;
    let (means, advice) = if is_own {
        let name = quote_identifier(name);
        (
            format!("{name} is a superuser or has BYPASSRLS: no policy binds it on {shown}{more}"),
            format!("ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS"),
        )
    } else {
        let from = if other.from_context { &world.effective_role } else { &world.role };
        (
            format!(
                "{from} can become {name} with SET ROLE, which reads other tenants' rows of {shown}{more}"
            ),
            format!("REVOKE {} FROM {}", quote_identifier(name), quote_identifier(from)),
        )
    };
    let leak = Outcome::leaked(sql, returned, means, advice).by(name);
    // A gateway that takes on a role for each request can take on any of its roles: who chooses is the gateway, not the tenant.
    let by_gateway = !is_own && !other.from_context && world.effective_role != world.role;
    if by_gateway && !world.tenancy.untrusted_sql { leak.as_note() } else { leak }
}
