//! How values of the lower rooms, which are not serialisable, are written in a snapshot and read again.

use std::str::FromStr;

use freehold_model::{
    catalog::{
        ConstraintKind, Deferrable, FunctionKind, Generated, Grant, Grants, Identity, IndexColumn, Parallel,
        Persistence, PolicyCommand, Privilege, RelationKind, ReplicaIdentity, TriggerEnabled, Volatility,
    },
    name::{QualifiedName, display_identifier},
};
use serde::{Deserialize, Serialize};

/// A value that a snapshot keeps.
pub(super) trait Kept: Sized {
    /// How it is written.
    type As: Serialize;
    /// To be written.
    fn kept(&self) -> Self::As;
    /// As it was read.
    fn told(kept: Self::As) -> Self;
}

macro_rules! as_it_is {
    ($($kind:ty),*) => {$(
        impl Kept for $kind {
            type As = Self;
            fn kept(&self) -> Self { self.clone() }
            fn told(kept: Self) -> Self { kept }
        }
    )*};
}

as_it_is!(bool, i64, u32, String);

impl<T: Kept> Kept for Option<T> {
    type As = Option<T::As>;
    fn kept(&self) -> Self::As {
        self.as_ref().map(T::kept)
    }
    fn told(kept: Self::As) -> Self {
        kept.map(T::told)
    }
}

impl<T: Kept> Kept for Vec<T> {
    type As = Vec<T::As>;
    fn kept(&self) -> Self::As {
        self.iter().map(T::kept).collect()
    }
    fn told(kept: Self::As) -> Self {
        kept.into_iter().map(T::told).collect()
    }
}

/// A value that one of some words tells.
macro_rules! word {
    ($model:ident as $word:ident: $first:ident $(, $more:ident)*) => {
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $word { #[default] $first, $($more),* }

        impl Kept for $model {
            type As = $word;
            fn kept(&self) -> $word {
                match self { Self::$first => $word::$first, $(Self::$more => $word::$more),* }
            }
            fn told(kept: $word) -> Self {
                match kept { $word::$first => Self::$first, $($word::$more => Self::$more),* }
            }
        }
    };
}

word!(RelationKind as RelationWord: Table, PartitionedTable, View, MaterializedView, ForeignTable, Sequence, CompositeType);
word!(Persistence as PersistenceWord: Permanent, Unlogged);
word!(ReplicaIdentity as ReplicaIdentityWord: Default, Nothing, Full, Index);
word!(ConstraintKind as ConstraintWord: Check, ForeignKey, PrimaryKey, Unique, Exclusion, NotNull, Trigger);
word!(Deferrable as DeferrableWord: No, InitiallyImmediate, InitiallyDeferred);
word!(Generated as GeneratedWord: Stored, Virtual);
word!(Identity as IdentityWord: Always, ByDefault);
word!(TriggerEnabled as EnabledWord: Origin, Disabled, Replica, Always);
word!(PolicyCommand as CommandWord: All, Select, Insert, Update, Delete);
word!(FunctionKind as FunctionWord: Function, Procedure, Aggregate, Window);
word!(Volatility as VolatilityWord: Volatile, Stable, Immutable);
word!(Parallel as ParallelWord: Unsafe, Restricted, Safe);

pub(super) fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn is_yes(flag: &bool) -> bool {
    *flag
}

pub(super) fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A record of a snapshot: what is always written, what is written where it is not true, what is written where it is
/// not empty.
macro_rules! record {
    (
        $model:ident as $record:ident
        always { $($always:ident: $always_type:ty,)* }
        unless_true { $($usual:ident,)* }
        unless_empty { $($rest:ident: $rest_type:ty,)* }
        $(and $others:expr)?
    ) => {
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $record {
            $(pub(super) $always: <$always_type as Kept>::As,)*
            $(#[serde(default = "yes", skip_serializing_if = "is_yes")] pub(super) $usual: bool,)*
            $(
                #[serde(default, skip_serializing_if = "is_usual")]
                pub(super) $rest: <$rest_type as Kept>::As,
            )*
        }

        impl Kept for $model {
            type As = $record;
            fn kept(&self) -> $record {
                $record {
                    $($always: self.$always.kept(),)*
                    $($usual: self.$usual,)*
                    $($rest: self.$rest.kept(),)*
                }
            }
            fn told(kept: $record) -> Self {
                Self {
                    $($always: Kept::told(kept.$always),)*
                    $($usual: kept.$usual,)*
                    $($rest: Kept::told(kept.$rest),)*
                    $(..$others)?
                }
            }
        }
    };
}

pub(super) use record;

/// A name with its schema, as people write it: `public.orders`, `app."Users"`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Name {
    schema: String,
    name: String,
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        format!("{}.{}", display_identifier(&name.schema), display_identifier(&name.name))
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a name with its schema, such as public.orders, not `{text}`");
        let (schema, rest) = identifier(text).ok_or_else(wrong)?;
        let (name, rest) = rest.strip_prefix('.').and_then(identifier).ok_or_else(wrong)?;
        if rest.is_empty() { Ok(Self { schema, name }) } else { Err(wrong()) }
    }
}

/// The identifier that a text begins with, and the rest.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        return (!name.contains('"')).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

impl Kept for QualifiedName {
    type As = Name;
    fn kept(&self) -> Name {
        Name { schema: self.schema.clone(), name: self.name.clone() }
    }
    fn told(kept: Name) -> Self {
        Self::new(kept.schema, kept.name)
    }
}

/// A column or an expression of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeyPart {
    Column(String),
    Expression(String),
}

impl Kept for IndexColumn {
    type As = KeyPart;
    fn kept(&self) -> KeyPart {
        match self {
            Self::Column(name) => KeyPart::Column(name.clone()),
            Self::Expression(text) => KeyPart::Expression(text.clone()),
        }
    }
    fn told(kept: KeyPart) -> Self {
        match kept {
            KeyPart::Column(name) => Self::Column(name),
            KeyPart::Expression(text) => Self::Expression(text),
        }
    }
}

/// Privileges that one role has from another. They are one line, with a star behind what may be passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantRecord {
    /// Nothing for PUBLIC.
    #[serde(default, skip_serializing_if = "is_usual")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "is_usual")]
    to_owner: bool,
    by: String,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    by_owner: bool,
    privileges: String,
}

impl Kept for Grant {
    type As = GrantRecord;
    fn kept(&self) -> GrantRecord {
        let one = |given: &Privilege| format!("{}{}", given.name, if given.grantable { "*" } else { "" });
        GrantRecord {
            to: self.grantee.clone(),
            to_owner: self.to_owner,
            by: self.grantor.clone(),
            by_owner: self.by_owner,
            privileges: self.privileges.iter().map(one).collect::<Vec<_>>().join(", "),
        }
    }
    fn told(kept: GrantRecord) -> Self {
        let words = kept.privileges.split(',').map(str::trim).filter(|word| !word.is_empty());
        let one = |word: &str| Privilege {
            name: word.trim_end_matches('*').to_owned(),
            grantable: word.ends_with('*'),
        };
        Self {
            grantee: kept.to,
            grantor: kept.by,
            to_owner: kept.to_owner,
            by_owner: kept.by_owner,
            privileges: words.map(one).collect(),
        }
    }
}

impl Kept for Grants {
    type As = Vec<GrantRecord>;
    fn kept(&self) -> Self::As {
        self.iter().map(Kept::kept).collect()
    }
    fn told(kept: Self::As) -> Self {
        kept.into_iter().map(Grant::told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_itself_whatever_is_in_it() {
        for (schema, name) in
            [("public", "orders"), ("a.b", "c\"d"), ("App", "select"), ("", "x"), ("ä", "\"\""), ("a", "b ")]
        {
            let text = String::from(QualifiedName::new(schema, name).kept());
            let read = QualifiedName::told(text.parse().unwrap());
            assert_eq!((read.schema.as_str(), read.name.as_str()), (schema, name), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "orders", "\"a.b", "a.b.c", "\"a\"b.c", "a\"b.c"] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }

    #[test]
    fn privileges_read_back_as_themselves() {
        let grants = Grants::parse(["me=arwdDxt/me", "app=r*a/me", "=r/me", "x=m/app"], "me");
        assert_eq!(Grants::told(grants.kept()), grants);
    }
}
