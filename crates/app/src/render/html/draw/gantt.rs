//! One migration over time: a thin bar per statement, and under it a bar per lock, as thick as it is strong and as
//! long as it was held.

use serde::Serialize;

use super::{number, px, ticks};
use crate::{
    render::{html::view::block_class, one_line, visible::shortened, words::time},
    report::{LockBlocks, ReportMigration, ReportStatement},
};

/// The drawing.
#[derive(Serialize)]
pub(in crate::render::html) struct Gantt {
    width: String,
    height: String,
    bottom: String,
    ticks: Vec<(String, String)>,
    bars: Vec<Bar>,
    left_out: usize,
    words: String,
}

#[derive(Serialize)]
struct Bar {
    x: String,
    y: String,
    width: String,
    height: String,
    class: &'static str,
    text_y: String,
    indent: &'static str,
    label: String,
    value_x: String,
    value: String,
    words: String,
}

const ROW: f64 = 20.0;
const TOP: f64 = 26.0;
const LEFT: f64 = 400.0;
const RIGHT: f64 = 80.0;
const WIDTH: f64 = 1000.0;
/// More rows than this are left to the table.
const MOST_ROWS: usize = 80;

/// `None` when no statement took a lock: a time line of nothing but statements says no more than the table.
pub(in crate::render::html) fn gantt(migration: &ReportMigration) -> Option<Gantt> {
    let locks: usize = migration.statements.iter().map(|s| s.locks.len()).sum();
    if locks == 0 {
        return None;
    }
    let mut end = 0.0_f64;
    let mut start = 0.0;
    for statement in &migration.statements {
        let held = statement.locks.iter().map(|lock| lock.held_ms).fold(0.0, f64::max);
        end = end.max(start + statement.ms).max(start + held);
        start += statement.ms;
    }
    let scale = if end > 0.0 && end.is_finite() { (WIDTH - LEFT - RIGHT) / end } else { 0.0 };
    let mut bars = Vec::new();
    let mut at = 0.0;
    let total = migration.statements.len() + locks;
    for statement in &migration.statements {
        if bars.len() + 1 + statement.locks.len() > MOST_ROWS && !bars.is_empty() {
            break;
        }
        rows(statement, at, scale, &mut bars);
        at += statement.ms;
    }
    let bottom = TOP + ROW * number(bars.len());
    Some(Gantt {
        width: px(WIDTH),
        height: px(bottom + 6.0),
        bottom: px(bottom),
        ticks: ticks(end).into_iter().map(|ms| (px(LEFT + ms * scale), time(ms))).collect(),
        left_out: total.saturating_sub(bars.len()),
        words: format!("{} statements and {locks} locks over {}", migration.statements.len(), time(end)),
        bars,
    })
}

fn rows(statement: &ReportStatement, start: f64, scale: f64, bars: &mut Vec<Bar>) {
    let headline = one_line(&statement.headline);
    let words = format!("line {}: {headline}: {}", statement.line, time(statement.ms));
    let label = shortened(&format!("{} {headline}", statement.line), 56);
    bars.push(bar(bars.len(), (start, statement.ms), scale, ("statement", 6.0), ("s", label), words));
    for lock in statement.locks.iter().take(MOST_ROWS) {
        let name = format!("{} on {}", one_line(&lock.mode), one_line(&lock.relation));
        let words = format!("{name} for {}: blocks {}", time(lock.held_ms), lock.blocks.words());
        let thickness = match lock.blocks {
            LockBlocks::Nothing => 3.0,
            LockBlocks::Ddl => 6.0,
            LockBlocks::Writes => 10.0,
            LockBlocks::ReadsAndWrites => 14.0,
        };
        let look = (block_class(lock.blocks), thickness);
        let label = ("l", shortened(&name, 48));
        bars.push(bar(bars.len(), (start, lock.held_ms), scale, look, label, words));
    }
}

fn bar(
    row: usize,
    (start, lasts): (f64, f64),
    scale: f64,
    (class, thickness): (&'static str, f64),
    (indent, label): (&'static str, String),
    words: String,
) -> Bar {
    let y = TOP + ROW * number(row);
    let x = LEFT + start * scale;
    let width = (lasts * scale).max(2.0);
    Bar {
        x: px(x),
        y: px(y + (ROW - thickness) / 2.0),
        width: px(width),
        height: px(thickness),
        class,
        text_y: px(y + 14.0),
        indent,
        label,
        value_x: px(x + width + 6.0),
        value: time(lasts),
        words,
    }
}
