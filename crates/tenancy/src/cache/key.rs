//! The names of keys in Redis, all made by one function.

use std::{fmt, marker::PhantomData, time::Duration};

use sha2::{Digest, Sha256};

use crate::TenantId;

/// A part of a key that is longer than this many bytes is replaced by its SHA-256.
const LONGEST_PART: usize = 200;

/// Marks an [`Entity`] of which each tenant has its own.
///
/// ```
/// use freehold_tenancy::cache::{Entity, Owned, Scope};
///
/// // Takes the handle of any tenant, and never the one of nobody.
/// async fn rename(cache: &Scope<Owned>, names: &Entity<String, Owned>, person: i64) {
///     let _ = cache.forget(names, person).await;
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Owned {}

/// Marks an [`Entity`] that belongs to no tenant, such as the list of plans.
///
/// ```
/// use freehold_tenancy::cache::{Entity, Shared};
///
/// const PLANS: Entity<Vec<String>, Shared> = Entity::shared("plan", "list");
/// assert_eq!(PLANS.name(), "plan");
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Shared {}

/// A kind of value in the cache: its name, type, version, and how long it may be kept. Make one constant for each.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::Entity;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Profile { name: String }
///
/// /// Version 2: what version 1 left in the cache is a miss.
/// const PROFILE: Entity<Profile> =
///     Entity::new("person", "profile").version(2).keep(Duration::from_secs(600)).keep_nothing(Duration::from_secs(30));
/// const PLANS: Entity<Vec<String>, freehold_tenancy::cache::Shared> = Entity::shared("plan", "list");
/// ```
pub struct Entity<V, S = Owned> {
    pub(crate) name: &'static str,
    pub(crate) field: &'static str,
    pub(crate) version: u16,
    pub(crate) keep: Duration,
    pub(crate) keep_nothing: Duration,
    pub(crate) local: Duration,
    kind: PhantomData<fn() -> (V, S)>,
}

impl<V> Entity<V, Owned> {
    /// Values that belong to a tenant: version 1, kept for five minutes, and for ten seconds where there is nothing.
    ///
    /// ```
    /// use freehold_tenancy::cache::Entity;
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// assert_eq!(format!("{NAME:?}"), "Entity(person:name, version 1)");
    /// ```
    pub const fn new(name: &'static str, field: &'static str) -> Self {
        Self::any(name, field)
    }
}

impl<V> Entity<V, Shared> {
    /// Values that belong to no tenant. They can't be asked for through a tenant's handle, nor tenants' values through
    /// the shared one.
    ///
    /// ```compile_fail
    /// # use freehold_tenancy::cache::{Cache, Entity};
    /// const PROFILE: Entity<String> = Entity::new("person", "profile");
    /// async fn forgets_its_tenant(cache: &Cache) {
    ///     let _ = cache.shared().get(&PROFILE, 7).await;
    /// }
    /// ```
    pub const fn shared(name: &'static str, field: &'static str) -> Self {
        Self::any(name, field)
    }
}

impl<V, S> Entity<V, S> {
    const fn any(name: &'static str, field: &'static str) -> Self {
        Self {
            name,
            field,
            version: 1,
            keep: Duration::from_secs(300),
            keep_nothing: Duration::from_secs(10),
            local: Duration::ZERO,
            kind: PhantomData,
        }
    }

    /// The same with another version: raise it whenever the type changes its shape. A value of any other version is a
    /// miss.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found};
    ///
    /// const OLD: Entity<String> = Entity::new("person", "name");
    /// const NEW: Entity<String> = Entity::new("person", "name").version(2);
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// acme.get_or_load(&OLD, 7, || async { Ok::<_, std::io::Error>(Some("Ada".to_owned())) }).await?;
    /// assert_eq!(acme.get(&NEW, 7).await?, Found::Miss);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub const fn version(mut self, version: u16) -> Self {
        self.version = version;
        self
    }

    /// The same, kept for this long, give or take a tenth, so that what was stored together does not expire together.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::Entity;
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name").keep(Duration::from_secs(3_600));
    /// # let _ = NAME;
    /// ```
    #[must_use]
    pub const fn keep(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// The same; that there is nothing is remembered for this long. Zero: not at all.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Entity, Found};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// const FRESH: Entity<String> = Entity::new("person", "fresh").keep_nothing(Duration::ZERO);
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// acme.get_or_load(&NAME, 7, || async { Ok::<_, std::io::Error>(None) }).await?;
    /// acme.get_or_load(&FRESH, 7, || async { Ok::<_, std::io::Error>(None) }).await?;
    /// assert_eq!(acme.get(&NAME, 7).await?, Found::Nothing);
    /// assert_eq!(acme.get(&FRESH, 7).await?, Found::Miss);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub const fn keep_nothing(mut self, time: Duration) -> Self {
        self.keep_nothing = time;
        self
    }

    /// The same, kept in the process too for up to this long, if the cache was set up with a
    /// [local layer](crate::cache::CacheOptions::local_bytes). Zero: not at all.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{CacheOptions, Entity};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name").keep_local(Duration::from_secs(5));
    /// // Without this the values of NAME are in Redis alone.
    /// let options = CacheOptions::new("people", "redis://127.0.0.1/").local_bytes(64 << 20);
    /// # let _ = (NAME, options);
    /// ```
    #[must_use]
    pub const fn keep_local(mut self, time: Duration) -> Self {
        self.local = time;
        self
    }

    /// Its name.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Tag};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// assert_eq!(Tag::all(NAME.name()), Tag::from(&NAME));
    /// ```
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl<V, S> fmt::Debug for Entity<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entity({}:{}, version {})", self.name, self.field, self.version)
    }
}

/// Whose keys they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Tenant(TenantId),
    Nobody,
}

/// The name of a key: `{service}:{entity}:{tenant}:{id}:{field}`.
///
/// The braces around the tenant stand in the key itself: a Redis cluster puts all keys of one tenant into one slot by
/// them, so that a script may touch several. Every part is escaped; two different sets of parts never make one key.
///
/// ```
/// use freehold_tenancy::{TenantId, cache::Key};
///
/// let acme = TenantId::bigint(7)?;
/// let key = Key::new("faces", "person", &acme, "a:b", "profile");
/// assert_eq!(key.as_str(), "faces:person:{7}:a%3Ab:profile");
/// # Ok::<(), freehold_tenancy::TenantIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The key of a tenant's value. There is none without a tenant.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, cache::Key};
    ///
    /// let acme = TenantId::text("acme")?;
    /// assert_ne!(Key::new("faces", "person", &acme, "a:b", "c"), Key::new("faces", "person", &acme, "a", "b:c"));
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    pub fn new(service: &str, entity: &str, tenant: &TenantId, id: impl fmt::Display, field: &str) -> Self {
        Self::of(service, entity, &Owner::Tenant(tenant.clone()), &id.to_string(), field)
    }

    /// The one function that makes keys. `~` stands for nobody: no escaped tenant holds one.
    pub(crate) fn of(service: &str, entity: &str, owner: &Owner, id: &str, field: &str) -> Self {
        let mut key = String::with_capacity(service.len() + entity.len() + id.len() + field.len() + 48);
        escape(service, &mut key);
        key.push(':');
        escape(entity, &mut key);
        key.push_str(":{");
        match owner {
            Owner::Tenant(tenant) => escape(&tenant.to_string(), &mut key),
            Owner::Nobody => key.push('~'),
        }
        key.push_str("}:");
        escape(id, &mut key);
        key.push(':');
        escape(field, &mut key);
        Self(key)
    }

    /// A key beside this one in the same slot; no other function makes it, since `~` is always escaped in parts.
    pub(crate) fn beside(&self, what: &'static str) -> Self {
        Self(format!("{}~{what}", self.0))
    }

    /// Its text.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, cache::Key};
    ///
    /// let key = Key::new("faces", "person", &TenantId::text("{7}")?, 1, "profile");
    /// // What would be another slot of a cluster is escaped.
    /// assert_eq!(key.as_str(), "faces:person:{%7B7%7D}:1:profile");
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0)
    }
}

impl redis::ToRedisArgs for Key {
    fn write_redis_args<W: ?Sized + redis::RedisWrite>(&self, out: &mut W) {
        out.write_arg(self.0.as_bytes());
    }
}

impl redis::ToSingleRedisArg for Key {}

/// Letters, digits, `-`, `_` and `.` stand for themselves, all other bytes are written as `%XX`. A long part is `~` and
/// its digest.
fn escape(part: &str, out: &mut String) {
    if part.len() > LONGEST_PART {
        out.push('~');
        out.push_str(&hex::encode(Sha256::digest(part.as_bytes())));
        return;
    }
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(parts: &[String; 5]) -> Key {
        let tenant = TenantId::text(&parts[2]).unwrap();
        Key::new(&parts[0], &parts[1], &tenant, &parts[3], &parts[4])
    }

    /// Parts that are likely to collide if anything does.
    fn part() -> impl Strategy<Value = String> {
        prop_oneof!["[a:{}%~3A]{1,4}", "[a:]{199,203}", "\\PC{1,6}", Just("x:y".to_owned())]
            .prop_filter("a tenant may be made of it", |text| TenantId::text(text).is_ok())
    }

    proptest! {
        #[test]
        fn different_parts_make_different_keys(one in prop::array::uniform5(part()), other in prop::array::uniform5(part())) {
            prop_assert_eq!(one == other, key(&one) == key(&other));
        }

        #[test]
        fn the_slot_is_the_tenants_alone(parts in prop::array::uniform5(part())) {
            let text = key(&parts).0;
            let (open, close) = (text.find('{').unwrap(), text.find('}').unwrap());
            let mut tenant = String::new();
            escape(&parts[2], &mut tenant);
            prop_assert_eq!(&text[open + 1..close], tenant);
            prop_assert_eq!(text.matches('{').count(), 1);
        }
    }

    #[test]
    fn nobody_and_derived_keys_collide_with_no_tenant() {
        let tilde = TenantId::text("~").unwrap();
        assert_ne!(Key::new("s", "e", &tilde, 1, "f"), Key::of("s", "e", &Owner::Nobody, "1", "f"));
        let one = TenantId::bigint(1).unwrap();
        assert_ne!(Key::new("s", "e", &one, 1, "f~lease"), Key::new("s", "e", &one, 1, "f").beside("lease"));
        assert_eq!(Key::new("s", "e", &one, "", "f").as_str(), "s:e:{1}::f");
    }
}
