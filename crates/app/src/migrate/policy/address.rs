//! What a database's address gives away.

use freehold_db::ConnectTo;

/// Host, port and database, without user and password.
pub(in crate::migrate) fn of(to: &ConnectTo) -> String {
    let masked = to.masked();
    masked.rsplit_once('@').map_or(masked.clone(), |(_, address)| address.to_owned())
}

/// The word of an address that means production: `prod` in `db.prod2.example.org`, `live` in `shop_live`; none in
/// `products` or `reproduction`.
pub(super) fn production_word(address: &str) -> Option<String> {
    let words = address.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit())).find_map(|word| {
        let means_it = ["prod", "production", "prd", "live"].iter().any(|w| word.eq_ignore_ascii_case(w));
        means_it.then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_of_host_and_database_mean_production() {
        for (url, word) in [
            ("postgres://app@db.prod2.example.org/shop", Some("prod")),
            ("postgres://app@10.0.0.7/shop_production", Some("production")),
            ("postgres://app@shop-PRD/shop", Some("PRD")),
            ("host=/run/live user=app dbname=shop", Some("live")),
            ("postgres://prod:prod@localhost/shop", None),
            ("postgres://app@localhost/products", None),
            ("postgres://app@reproduction.test/delivery", None),
        ] {
            let to = ConnectTo::from_url(url).unwrap();
            assert_eq!(production_word(&of(&to)).as_deref(), word, "{url}");
        }
    }
}
