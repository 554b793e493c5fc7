//! How many rows each tenant gets.

use super::Population;

/// Rows of each tenant, the first most. All together they are as many as without skew, nobody has none.
pub(super) fn of(population: &Population) -> Vec<u64> {
    let tenants = population.tenants.max(1);
    let rows = population.rows.max(1);
    let Some(skew) = population.skew.filter(|skew| skew.is_finite() && *skew > 0.0) else {
        return (0..tenants).map(|_| rows).collect();
    };
    let weights: Vec<f64> = (1..=tenants).map(|rank| f64::from(rank).powf(-skew)).collect();
    let sum: f64 = weights.iter().sum();
    let all = rows as f64 * f64::from(tenants);
    weights.iter().map(|weight| ((all * weight / sum).round() as u64).max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_zipf_divides_all_rows() {
        let population = Population { tenants: 4, rows: 100, skew: Some(1.0), ..Population::default() };
        let shares = of(&population);
        assert_eq!(shares, [192, 96, 64, 48]);
        assert_eq!(of(&Population { skew: None, ..population }), [100, 100, 100, 100]);
    }
}
