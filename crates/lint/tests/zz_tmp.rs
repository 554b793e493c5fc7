//! throw-away
use freehold_lint::example::Example;
#[test]
fn show() {
    let Ok(path) = std::env::var("ZZ") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    freehold_sql::deep_thread()
        .spawn(move || {
            let ex = Example::read(&text);
            let linted = ex.lint();
            for f in linted.found {
                if !f.rule.rule.code.starts_with("FH02") && !f.rule.rule.code.starts_with("FH03") {
                    continue;
                }
                println!(
                    "-- {} {} {:?} {}",
                    f.script.map_or(String::new(), |s| linted.scripts[s].label.clone()),
                    f.rule.rule.id,
                    f.severity,
                    f.message
                );
                if let Some(fix) = f.fix {
                    println!("--   {}\n{};", fix.advice, fix.sql.unwrap_or_default());
                }
                println!("--   {:?}", f.remedy);
            }
        })
        .unwrap()
        .join()
        .unwrap();
}
