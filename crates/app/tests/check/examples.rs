//! The five example projects are clean: no rule says more than a note of them.

use freehold_app::report::VerdictWord;

use crate::project::{check_with_all_rules, examples, lines};

async fn clean(name: &str) {
    let report = check_with_all_rules(&examples().join(name)).await.expect("the check runs");
    let grave: Vec<String> = lines(&report).into_iter().filter(|line| !line.starts_with("note ")).collect();
    assert_eq!(grave, [] as [String; 0]);
    assert_eq!(report.summary.exit_code, Some(0), "{:?}", report.not_verified);
    for claim in &report.claims {
        // A folder need not touch rows at all.
        let holds = claim.verdict == VerdictWord::Proven
            || claim.verdict == VerdictWord::NothingToProve && claim.claim.contains("rows that were there");
        assert!(holds, "{claim:?}");
    }
    assert!(report.claims.iter().any(|claim| claim.claim.contains("no tenant")), "{:?}", report.claims);
    for migration in &report.migrations {
        assert_eq!(migration.reversible, VerdictWord::Proven, "{} {}", migration.version, migration.name);
    }
}

#[tokio::test]
async fn face_recognition_is_clean() {
    clean("face-recognition").await;
}

#[tokio::test]
async fn uptime_monitoring_is_clean() {
    clean("uptime-monitoring").await;
}

#[tokio::test]
async fn meetings_is_clean() {
    clean("meetings").await;
}

#[tokio::test]
async fn saas_fastapi_is_clean() {
    clean("saas-fastapi").await;
}

#[tokio::test]
async fn order_desk_is_clean() {
    clean("order-desk").await;
}
