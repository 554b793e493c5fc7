//! Facts: what is compared of an object, each with the name by which people know it.

use std::borrow::Cow;

/// One thing that is compared of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name: `type`, `not null`, `USING`.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: FactValue,
}

/// A value, by the way in which its change is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactValue {
    /// Shown whole, before and after; `None` is shown as "none".
    Text(Option<String>),
    /// Shown by the lines that differ when it has several.
    Long(Option<String>),
    /// Shown by the members that came and went; order says nothing.
    Set(Vec<String>),
    /// Shown whole; order counts.
    Sequence(Vec<String>),
}

/// The facts of one object, in the order in which they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text that is always there.
    #[must_use]
    pub fn text(self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.with(name, FactValue::Text(Some(value.into())))
    }

    /// A text that may be absent.
    #[must_use]
    pub fn maybe(self, name: impl Into<Cow<'static, str>>, value: Option<&str>) -> Self {
        self.with(name, FactValue::Text(value.map(str::to_owned)))
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(self, name: impl Into<Cow<'static, str>>, value: bool) -> Self {
        self.text(name, if value { "yes" } else { "no" })
    }

    /// A text of possibly many lines.
    #[must_use]
    pub fn long(self, name: impl Into<Cow<'static, str>>, value: Option<&str>) -> Self {
        self.with(name, FactValue::Long(value.map(str::to_owned)))
    }

    /// Members without order.
    #[must_use]
    pub fn set(self, name: impl Into<Cow<'static, str>>, mut members: Vec<String>) -> Self {
        members.sort();
        self.with(name, FactValue::Set(members))
    }

    /// Members whose order counts.
    #[must_use]
    pub fn sequence(self, name: impl Into<Cow<'static, str>>, members: Vec<String>) -> Self {
        self.with(name, FactValue::Sequence(members))
    }

    /// Any fact.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: FactValue) -> Self {
        self.0.push(Fact { name: name.into(), value });
        self
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }
}

/// A running FNV-1a hash of 128 bits (offset basis and prime from the FNV specification by Fowler, Noll and Vo).
#[derive(Debug, Clone)]
pub struct Digest(u128);

impl Default for Digest {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Digest {
    pub(super) fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    pub(super) fn facts(&mut self, facts: &Facts) {
        for fact in facts.iter() {
            self.text(&fact.name);
            match &fact.value {
                FactValue::Text(value) | FactValue::Long(value) => match value {
                    Some(value) => self.text(value),
                    None => self.text("\0"),
                },
                FactValue::Set(members) | FactValue::Sequence(members) => {
                    members.iter().for_each(|member| self.text(member));
                    self.text("\0");
                }
            }
        }
    }

    pub(super) fn value(&self) -> u128 {
        self.0
    }
}
