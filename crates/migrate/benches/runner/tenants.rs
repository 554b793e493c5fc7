//! Many targets: a schema or a database for each tenant, twenty migrations pending on each; and asking all where they
//! stand.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use freehold_db::Session;
use freehold_model::name::quote_identifier;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::figures::{Times, head, per_second, row};
use crate::ground::{Ground, Outcome, Ran, demand, run};
use crate::story::{Files, story, write};
use crate::worker::{DATABASE, Kind, Work, command, name};

/// How many migrations are pending on each target.
const PENDING: usize = 20;

/// Measures `up` on a tenth of the targets, on all of them, and on all of them with the program killed half way.
pub(crate) async fn up(kind: Kind, count: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), &story(PENDING), Files::Sqlx)?;
    let ground = Ground::start(false).await?;
    println!(
        "\n{PENDING} pending migrations on each of many {}, PostgreSQL {}, not durable",
        kind.word(),
        ground.version()
    );
    head(&["targets", "migrations", "took", "migrations per second", "most memory"]);
    for part in [count / 10, count] {
        make(&ground, kind, part).await?;
        let mut command = command(Work::Up, kind, ground.socket_dir(), folder.path(), part)?;
        let ran = demand(run(&mut command, None)?, "applying to many targets")?;
        whole(&ground, kind, part).await?;
        print(&format!("{part} {}", kind.word()), part * PENDING, &ran);
        if part == count {
            resume(&ground, kind, folder.path(), count, ran.took).await?;
        }
    }
    ground.stop().await
}

fn print(targets: &str, migrations: usize, ran: &Ran) {
    row(&[
        targets.to_owned(),
        migrations.to_string(),
        format!("{:.2} s", ran.took.as_secs_f64()),
        format!("{:.0}", per_second(migrations, ran.took)),
        format!("{:.0} MiB", ran.peak_mib),
    ]);
}

/// Kills the program (SIGKILL) when half of the time is over that it took before, and runs it again.
async fn resume(ground: &Ground, kind: Kind, folder: &Path, count: usize, took: Duration) -> Outcome<()> {
    make(ground, kind, count).await?;
    let begun = Instant::now();
    let killed = Cell::new(false);
    let enough = || {
        killed.set(begun.elapsed() >= took / 2);
        killed.get()
    };
    run(&mut command(Work::Up, kind, ground.socket_dir(), folder, count)?, Some(&enough))?;
    if !killed.get() {
        return Err("the program was done before it could be killed".into());
    }
    let done = applied(ground, kind, count).await?;
    let ran = run(&mut command(Work::Up, kind, ground.socket_dir(), folder, count)?, None)?;
    let ran = demand(ran, "going on after a kill")?;
    whole(ground, kind, count).await?;
    let left = count * PENDING - done;
    print(&format!("{count}, going on after a kill at {done}"), left, &ran);
    Ok(())
}

/// Measures asking every target where it stands; half of the migrations are pending.
pub(crate) async fn status(kind: Kind, count: usize, rounds: usize) -> Outcome<()> {
    let (half, all) = (tempfile::tempdir()?, tempfile::tempdir()?);
    write(half.path(), &story(PENDING / 2), Files::Sqlx)?;
    write(all.path(), &story(PENDING), Files::Sqlx)?;
    let ground = Ground::start(false).await?;
    make(&ground, kind, count).await?;
    let up = run(&mut command(Work::Up, kind, ground.socket_dir(), half.path(), count)?, None)?;
    demand(up, "applying to many targets")?;
    let (mut times, mut connecting) = (Times::default(), Times::default());
    let mut most: f64 = 0.0;
    let expected = format!("{} pending, 0 targets not understood", count * PENDING / 2);
    for _ in 0..rounds {
        let ran = run(&mut command(Work::Status, kind, ground.socket_dir(), all.path(), count)?, None)?;
        let ran = demand(ran, "asking many targets")?;
        if ran.said.trim() != expected {
            return Err(format!("status said {:?}, not {expected:?}", ran.said).into());
        }
        times.0.push(ran.took);
        most = most.max(ran.peak_mib);
        let ran = run(&mut command(Work::Connect, kind, ground.socket_dir(), all.path(), count)?, None)?;
        connecting.0.push(demand(ran, "connecting to many targets")?.took);
    }
    println!("status of {count} {}: {}, {most:.0} MiB", kind.word(), times.shown());
    if kind == Kind::Databases {
        println!("merely opening a session on each of them: {}", connecting.shown());
    }
    ground.stop().await
}

/// Makes the tenants anew, and lets the server write out what is left to write.
async fn make(ground: &Ground, kind: Kind, count: usize) -> Outcome<()> {
    if kind == Kind::Schemas {
        ground.empty(DATABASE).await?;
    }
    let database = if kind == Kind::Schemas { DATABASE } else { "postgres" };
    let admin = Session::open(&ground.to(database)).await?;
    for tenant in 1..=count {
        let name = name(tenant);
        let quoted = quote_identifier(&name);
        if kind == Kind::Schemas {
            admin.run(&format!("CREATE SCHEMA {quoted}")).await?;
        } else {
            admin.run(&format!("DROP DATABASE IF EXISTS {quoted}")).await?;
            admin.run(&format!("CREATE DATABASE {quoted} TEMPLATE template0")).await?;
        }
    }
    admin.run("CHECKPOINT").await?;
    admin.close().await;
    Ok(())
}

/// An error unless every target has every migration exactly once, and its tables.
async fn whole(ground: &Ground, kind: Kind, count: usize) -> Outcome<()> {
    let rows = applied(ground, kind, count).await?;
    if rows != count * PENDING {
        return Err(format!("{rows} migrations are applied, not {}", count * PENDING).into());
    }
    Ok(())
}

/// How many migrations the histories of all targets have; an error when one has a migration twice.
async fn applied(ground: &Ground, kind: Kind, count: usize) -> Outcome<usize> {
    let counts = stream::iter((1..=count).map(|tenant| one_applied(ground, kind, tenant)));
    let counts: Vec<i64> = counts.buffer_unordered(8).try_collect().await?;
    Ok(usize::try_from(counts.iter().sum::<i64>())?)
}

async fn one_applied(ground: &Ground, kind: Kind, tenant: usize) -> Outcome<i64> {
    let tenant = name(tenant);
    let (database, schema, table) = match kind {
        Kind::Schemas => (DATABASE, tenant.as_str(), "freehold_migrations"),
        Kind::Databases => (tenant.as_str(), "freehold", "migrations"),
    };
    let name = format!("{}.{}", quote_identifier(schema), quote_identifier(table));
    let there = format!("SELECT count(to_regclass('{name}'))");
    if ground.number(database, &there).await? == 0 {
        return Ok(0);
    }
    let twice = format!("SELECT count(*) - count(DISTINCT version) FROM {name}");
    if ground.number(database, &twice).await? != 0 {
        return Err(format!("{tenant} has a migration twice").into());
    }
    ground.number(database, &format!("SELECT count(*) FROM {name}")).await
}
