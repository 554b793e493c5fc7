//! Tags: values that are forgotten together.

use std::fmt;

use super::{
    Scope,
    error::CacheError,
    key::{Entity, Key},
    lease::SCRIPTS,
};

/// The name under which tags lie; escaped names never begin so.
const TAGS: &str = "tag";

/// How many values are forgotten by one call: each blocks Redis for well under a millisecond.
const AT_ONCE: u32 = 500;

/// A name for values that are forgotten together, within a tenant.
///
/// The [outbox](super::Relay) forgets [`Tag::all`] and [`Tag::one`] of the entity whose row changed.
///
/// ```
/// use freehold_tenancy::cache::Tag;
///
/// assert_eq!(Tag::all("person"), Tag::all("person"));
/// assert_ne!(Tag::all("person"), Tag::one("person", 7));
/// assert_ne!(Tag::one("person", 7), Tag::named("person:7"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tag {
    entity: String,
    id: String,
    kind: &'static str,
}

impl Tag {
    /// What depends on any row of an entity: a list, a count.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Tag};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// // It goes by the entity's name; fields don't matter.
    /// assert_eq!(Tag::all("person"), Tag::from(&NAME));
    /// ```
    pub fn all(entity: &str) -> Self {
        Self { entity: entity.to_owned(), id: String::new(), kind: "all" }
    }

    /// What depends on one row of an entity.
    ///
    /// ```
    /// use freehold_tenancy::cache::Tag;
    ///
    /// assert_eq!(Tag::one("person", 7), Tag::one("person", "7"));
    /// assert_ne!(Tag::one("person", 7), Tag::one("person", 8));
    /// ```
    pub fn one(entity: &str, id: impl fmt::Display) -> Self {
        Self { entity: entity.to_owned(), id: id.to_string(), kind: "one" }
    }

    /// Any other name.
    ///
    /// ```
    /// use freehold_tenancy::cache::Tag;
    ///
    /// let tag = Tag::named("opening hours");
    /// assert_ne!(tag, Tag::all("opening hours"));
    /// ```
    pub fn named(name: impl Into<String>) -> Self {
        Self { entity: String::new(), id: name.into(), kind: "named" }
    }
}

impl<S> Scope<S> {
    /// The same handle; what it loads has these tags, beside those it had.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found, Tag};
    ///
    /// const TEAM: Entity<Vec<String>> = Entity::new("team", "names");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// # let load = async { Ok::<_, std::io::Error>(Some(vec!["Ada".to_owned()])) };
    /// # let cache = cache.tenant(&tenant);
    /// cache.tagged([Tag::all("person")]).get_or_load(&TEAM, 7, || load).await?;
    /// cache.forget_tag(&Tag::all("person")).await?;
    /// assert_eq!(cache.get(&TEAM, 7).await?, Found::Miss);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn tagged(&self, tags: impl IntoIterator<Item = Tag>) -> Self {
        let mut all = self.tags.to_vec();
        all.extend(tags.into_iter().map(|tag| self.tag_key(&tag)));
        Self { tags: all.into(), ..self.clone() }
    }

    /// Forgets all values with a tag. Whoever is just loading one can't store it any more.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found, Tag};
    ///
    /// const TEAM: Entity<String> = Entity::new("team", "lead");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// let load = || async { Ok::<_, std::io::Error>(Some("Ada".to_owned())) };
    /// acme.tagged([Tag::one("person", 7)]).get_or_load(&TEAM, 1, load).await?;
    /// acme.get_or_load(&TEAM, 2, load).await?;
    /// acme.forget_tag(&Tag::one("person", 7)).await?;
    /// assert_eq!(acme.get(&TEAM, 1).await?, Found::Miss);
    /// assert_eq!(acme.get(&TEAM, 2).await?, Found::Value("Ada".to_owned()), "it has no such tag");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer: some of them may stand until they expire. Ask again.
    pub async fn forget_tag(&self, tag: &Tag) -> Result<(), CacheError> {
        self.cache.forget_tag_key(&self.tag_key(tag)).await
    }

    pub(crate) fn tag_key(&self, tag: &Tag) -> Key {
        let field = format!("{TAGS}.{}", tag.kind);
        self.named(&tag.entity, &tag.id, &field).beside(TAGS)
    }
}

impl super::Cache {
    pub(crate) async fn forget_tag_key(&self, key: &Key) -> Result<(), CacheError> {
        // What joins meanwhile was loaded after the change; it need not go.
        let count: u64 = self.0.link.command("forget_tag", redis::cmd("ZCARD").arg(key)).await?;
        for _ in 0..count.div_ceil(AT_ONCE.into()) {
            let mut call = SCRIPTS.forget_tag.prepare_invoke();
            call.key(key).arg(AT_ONCE);
            let gone: i64 = self.0.link.script("forget_tag", &call).await?;
            if gone == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// An entity by its name alone.
impl<V, S> From<&Entity<V, S>> for Tag {
    fn from(entity: &Entity<V, S>) -> Self {
        Self::all(entity.name)
    }
}
