//! Where the shapes of the page's drawings stand. All lengths are user units of the SVG; the template only writes
//! them down.

mod chart;
mod gantt;
mod timeline;
mod way;

pub(super) use chart::{Chart, chart};
pub(super) use gantt::{Gantt, gantt};
pub(super) use timeline::{Timeline, timeline};
pub(super) use way::{Way, way};

/// A length as it is written into the page: one decimal is a tenth of a pixel.
fn px(length: f64) -> String {
    if length.is_finite() { format!("{length:.1}") } else { "0".to_owned() }
}

/// A count as a length; drawings never hold so many shapes that precision is lost.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Round marks from zero to just above `most`, four or five of them.
fn ticks(most: f64) -> Vec<f64> {
    if !most.is_finite() || most <= 0.0 {
        return vec![0.0];
    }
    let rough = most / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    let mut marks = vec![0.0];
    let mut at = step;
    while at <= most * 1.0001 && marks.len() < 12 {
        marks.push(at);
        at += step;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0), [0.0]);
        assert_eq!(ticks(10.0), [0.0, 5.0, 10.0]);
        assert_eq!(ticks(7.0), [0.0, 2.0, 4.0, 6.0]);
        for most in [0.003, 0.4, 99.0, 1234.5, 9e9, f64::NAN, f64::INFINITY] {
            assert!((1..=6).contains(&ticks(most).len()), "{most}");
        }
    }
}
