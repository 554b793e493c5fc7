//! The five example projects are clean.

use freehold_app::report::VerdictWord;

use crate::project::{check, examples, lines};

async fn clean(name: &str) {
    let report = check(&examples().join(name)).await.expect("the check runs");
    assert_eq!(lines(&report), [] as [String; 0]);
    assert_eq!(report.summary.exit_code, Some(0), "{:?}", report.not_verified);
    for claim in &report.claims {
        // A folder need not touch rows at all.
        let holds = claim.verdict == VerdictWord::Proven
            || claim.verdict == VerdictWord::NothingToProve && claim.claim.contains("rows");
        assert!(holds, "{claim:?}");
    }
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
