//! The time line of all migrations: one bar each, as long as its up script took, in the colour of its strongest lock.

use serde::Serialize;

use super::{number, px, ticks};
use crate::{
    render::{
        html::view::block_class,
        visible::shortened,
        words::{time, title},
    },
    report::{LockBlocks, ReportMigration, VerdictWord},
};

/// The drawing.
#[derive(Serialize)]
pub(in crate::render::html) struct Timeline {
    width: String,
    height: String,
    bottom: String,
    ticks: Vec<(String, String)>,
    bars: Vec<Bar>,
    words: String,
}

#[derive(Serialize)]
struct Bar {
    href: String,
    y: String,
    text_y: String,
    label: String,
    width: String,
    value_x: String,
    value: String,
    class: &'static str,
    sign: &'static str,
    sign_class: &'static str,
    words: String,
}

const ROW: f64 = 20.0;
const TOP: f64 = 26.0;
const LEFT: f64 = 300.0;
const RIGHT: f64 = 90.0;
const WIDTH: f64 = 1000.0;

/// `None` without migrations.
pub(in crate::render::html) fn timeline(migrations: &[ReportMigration]) -> Option<Timeline> {
    if migrations.is_empty() {
        return None;
    }
    let longest = migrations.iter().map(|m| m.up_ms).filter(|ms| ms.is_finite()).fold(0.0, f64::max);
    let scale = if longest > 0.0 { (WIDTH - LEFT - RIGHT) / longest } else { 0.0 };
    let bars = migrations.iter().enumerate().map(|(row, m)| bar(row, m, scale)).collect();
    let bottom = TOP + ROW * number(migrations.len());
    Some(Timeline {
        width: px(WIDTH),
        height: px(bottom + 8.0),
        bottom: px(bottom),
        ticks: ticks(longest).into_iter().map(|ms| (px(LEFT + ms * scale), time(ms))).collect(),
        bars,
        words: format!("{} migrations; the longest took {}", migrations.len(), time(longest)),
    })
}

fn bar(row: usize, migration: &ReportMigration, scale: f64) -> Bar {
    let y = TOP + ROW * number(row);
    let width = (migration.up_ms * scale).max(2.0);
    let strongest =
        migration.statements.iter().flat_map(|statement| &statement.locks).max_by_key(|lock| lock.blocks);
    let lock_words = strongest.map_or_else(
        || "locks nothing that was there before".to_owned(),
        |lock| format!("{} on {}, blocks {}", lock.mode, lock.relation, lock.blocks.words()),
    );
    let (sign, sign_class) = match migration.reversible {
        VerdictWord::Proven => ("✓", "proven"),
        VerdictWord::Refuted => ("✗", "refuted"),
        VerdictWord::NothingToProve => ("–", "nothing"),
        VerdictWord::Undecided => ("?", "undecided"),
    };
    let name = title(migration);
    let failed = if migration.applied { "" } else { ", did not apply" };
    Bar {
        href: format!("#m{}", row + 1),
        y: px(y + 3.0),
        text_y: px(y + 14.0),
        label: shortened(&name, 40),
        width: px(width),
        value_x: px(LEFT + width + 6.0),
        value: if migration.applied { time(migration.up_ms) } else { "failed".to_owned() },
        class: if migration.applied {
            block_class(strongest.map_or(LockBlocks::Nothing, |lock| lock.blocks))
        } else {
            "failed"
        },
        sign,
        sign_class,
        words: crate::render::one_line(&format!(
            "{name}: {}{failed}; {lock_words}; reversible: {}",
            time(migration.up_ms),
            migration.reversible.word()
        )),
    }
}
