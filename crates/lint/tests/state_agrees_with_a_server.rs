//! What the simulation makes of scripts is what a server makes of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "state_agrees/compare.rs"]
mod compare;
#[path = "state_agrees/objects.rs"]
mod objects;
#[path = "state_agrees/scripts.rs"]
mod scripts;
#[path = "state_agrees/work.rs"]
mod work;

use freehold_lint::State;

async fn judge(cases: &'static [(&'static str, &'static str)]) {
    let mut wrong = Vec::new();
    for (name, text) in cases {
        let server = compare::run(&[(*text).to_owned()]).await;
        let simulated = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(|| {
                let mut state = State::new();
                compare::simulate(&mut state, 0, text);
                state
            })
            .unwrap()
            .join()
            .unwrap_or_else(|_| panic!("{name}"));
        let differences = compare::differences(&server, &simulated);
        if !differences.is_empty() {
            wrong.push(format!("{name}:\n  {}", differences.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn tables_columns_and_constraints() {
    judge(scripts::TABLES).await;
}

#[tokio::test]
async fn indexes_and_names() {
    judge(scripts::INDEXES).await;
}

#[tokio::test]
async fn partitions_and_heirs() {
    judge(scripts::PARTITIONS).await;
}

#[tokio::test]
async fn drops_and_renames() {
    judge(scripts::CHANGES).await;
}

#[tokio::test]
async fn everything_else() {
    judge(objects::OBJECTS).await;
}

#[tokio::test]
async fn blocks_that_tell_what_they_leave() {
    judge(objects::BLOCKS).await;
}

#[tokio::test]
async fn a_change_of_type_does_the_work_that_is_said() {
    let wrong = work::type_changes().await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_default_is_volatile_where_the_rows_are_written_again() {
    let wrong = work::defaults().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
