//! The words that names of migrations are made of.

/// What a migration can do, in the base form of the verb; sorted, like all lists here.
pub(super) const VERBS: &str = "\
    add adjust allow alter anonymise anonymize archive assign attach backfill calculate change clean cleanup \
    clear cluster collapse combine comment compress compute consolidate convert copy correct create \
    deactivate decrease dedupe deduplicate define delete denormalise denormalize deny deprecate detach \
    disable drop enable encrypt enforce ensure expand expose extend extract fill fix flag flatten forbid \
    force generalise generalize generate grant hash hide import improve include increase index inline insert \
    install introduce link load lock lower lowercase make mark merge migrate modify move normalise normalize \
    optimise optimize partition populate precompute prepare preserve prevent protect prune publish purge \
    raise rebuild recalculate recompute recreate redefine reduce refactor reference refresh reindex relax \
    remove rename renumber reorder repair replace require reset resize restore restrict restructure retire \
    revert revoke rework rewrite rotate sanitise sanitize scope secure seed separate set share shrink \
    simplify split start stop store swap switch sync tighten track transform trim truncate tune unassign \
    unify uninstall unlink unlock unset update upgrade upsert use vacuum validate widen";

/// Verbs that say only that something is different afterwards: what is different must follow the entity.
pub(super) const BROAD: &str = "\
    adjust alter change correct fix improve modify optimise optimize prepare refactor repair restructure \
    rework set tune update use";

/// Kinds of things, not things: they name no entity by themselves.
pub(super) const KINDS: &str = "\
    check checks column columns constraint constraints data database databases db default defaults domain \
    enum enums extension extensions field fields fk fks foreign function functions grants index indexes \
    indices key keys null nullable pk policies policy primary procedure procedures row rows schema schemas \
    sequence sequences sql table tables trigger triggers type types unique value values view views";

/// Words that name nothing that a database holds.
pub(super) const EMPTY: &str = "\
    again all bug bugs changes everything final fixes hotfix init initial it migration migrations misc more \
    new old other others patch script stuff temp test thing things this tmp todo tweak tweaks updates \
    various version wip";

/// Words that hold a name together.
pub(super) const FILLERS: &str = "\
    a also an and as at be between by concurrently for from if in into is not of on or per so than that the \
    then to until when where with without";

/// The words of a list.
pub(super) fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}

/// True when the word is on the list.
pub(super) fn is_on(list: &'static str, word: &str) -> bool {
    words(list).any(|known| known == word)
}

/// True for a word that names something by itself.
pub(super) fn names_something(word: &str) -> bool {
    let is_number = word.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit());
    !is_number && ![KINDS, EMPTY, FILLERS].iter().any(|list| is_on(list, word))
}

/// True for a verb in its base form.
pub(super) fn is_verb(word: &str) -> bool {
    is_on(VERBS, word)
}

/// The base form of a verb that is written in another form (`adds`, `added`, `adding`), or misspelt by one letter.
pub(super) fn base_of(word: &str) -> Option<&'static str> {
    let mut stems: Vec<String> = vec![word.to_owned()];
    for ending in ["s", "es", "ed", "d", "ing", "ion", "ation"] {
        let Some(stem) = word.strip_suffix(ending) else { continue };
        stems.push(stem.to_owned());
        stems.push(format!("{stem}e"));
        // `dropped`, `dropping`: the last letter is doubled.
        let mut letters = stem.chars().rev();
        if let (Some(last), Some(before)) = (letters.next(), letters.next())
            && last == before
        {
            stems.push(stem.get(..stem.len() - last.len_utf8()).unwrap_or(stem).to_owned());
        }
    }
    let exact = |stem: &String| words(VERBS).find(|verb| verb == stem);
    stems.iter().find_map(exact).or_else(|| misspelt(word))
}

/// The long verb that the word is one letter away from. Short ones are too near to nouns.
fn misspelt(word: &str) -> Option<&'static str> {
    words(VERBS).find(|verb| verb.len() >= 6 && strsim::osa_distance(word, verb) == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_every_broad_verb_is_a_verb() {
        for list in [VERBS, BROAD, KINDS, EMPTY, FILLERS] {
            assert!(words(list).is_sorted(), "{list}");
        }
        assert!(words(BROAD).all(is_verb));
    }

    #[test]
    fn other_forms_of_verbs_are_known() {
        for (word, base) in [
            ("adds", "add"),
            ("added", "add"),
            ("creating", "create"),
            ("created", "create"),
            ("dropped", "drop"),
            ("dropping", "drop"),
            ("fixes", "fix"),
            ("crate", "create"),
            ("renmae", "rename"),
            ("truncation", "truncate"),
        ] {
            assert_eq!(base_of(word), Some(base), "{word}");
        }
        for word in ["user", "users", "order", "orders", "email", "x", ""] {
            assert_eq!(base_of(word), None, "{word}");
        }
    }
}
