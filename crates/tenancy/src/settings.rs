//! How tenants are told apart: the same `[tenancy]` that the tool reads from `freehold.toml`.

use serde::Deserialize;

use crate::tenant_id::TenantKind;

/// How the tables tell tenants apart, and as whom the application asks.
///
/// ```
/// use freehold_tenancy::Tenancy;
///
/// let tenancy = Tenancy::from_toml("[tenancy]\ncolumn = 'org_id'\nsetting = 'app.org'\nrole = 'app_writer'")?;
/// assert_eq!(tenancy.column, "org_id");
/// # Ok::<(), freehold_tenancy::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenancy {
    /// The root table, one row for each tenant.
    pub root: String,
    /// The column that names the tenant in tenant-owned tables.
    pub column: String,
    /// The setting that policies read, such as `app.current_tenant_id`.
    pub setting: String,
    /// The role that statements of a tenant run as. `None`: the role that logs in.
    pub role: Option<String>,
    /// The role that work across tenants runs as. `None`: there is no such work.
    pub system_role: Option<String>,
    /// The type of the tenant column.
    pub kind: TenantKind,
}

impl Default for Tenancy {
    fn default() -> Self {
        Self {
            root: "tenants".to_owned(),
            column: "tenant_id".to_owned(),
            setting: "app.current_tenant_id".to_owned(),
            role: None,
            system_role: None,
            kind: TenantKind::Uuid,
        }
    }
}

/// Why the settings can't be used.
///
/// ```
/// use freehold_tenancy::{SettingsError, Tenancy};
///
/// let refused = Tenancy::from_toml("[tenancy]\nkind = 'int'").unwrap_err();
/// assert!(matches!(refused, SettingsError::Name { key: "kind", .. }));
/// assert_eq!(refused.to_string(), r#"[tenancy] kind is "int": write uuid, bigint or text"#);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The text is no TOML, or a value has the wrong type.
    #[error("reading [tenancy] of freehold.toml")]
    Toml(#[from] toml::de::Error),
    /// A name that PostgreSQL would refuse or cut off.
    #[error("[tenancy] {key} is {value:?}: {why}")]
    Name {
        /// The key in `[tenancy]`.
        key: &'static str,
        /// What it was set to.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

#[derive(Deserialize)]
struct File {
    tenancy: Option<Section>,
}

/// What the tool knows besides (`shared`, `assume`, ...) is the tool's to judge.
#[derive(Deserialize)]
struct Section {
    root: Option<String>,
    column: Option<String>,
    setting: Option<String>,
    role: Option<String>,
    system_role: Option<String>,
    kind: Option<String>,
}

impl Tenancy {
    /// Reads the section `[tenancy]` of a `freehold.toml`; what is left out has the usual value.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, TenantKind};
    ///
    /// let tenancy = Tenancy::from_toml("[tenancy]\nkind = 'bigint'")?;
    /// assert_eq!(tenancy, Tenancy { kind: TenantKind::BigInt, ..Tenancy::default() });
    /// // Nothing said is nothing changed; what is no TOML is an error.
    /// assert_eq!(Tenancy::from_toml("")?, Tenancy::default());
    /// assert!(Tenancy::from_toml("[tenancy").is_err());
    /// # Ok::<(), freehold_tenancy::SettingsError>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no TOML, or a name can't be one.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let mut tenancy = Self::default();
        let Some(section) = toml::from_str::<File>(text)?.tenancy else { return Ok(tenancy) };
        let set = |to: &mut String, from: Option<String>| {
            if let Some(value) = from {
                *to = value;
            }
        };
        set(&mut tenancy.root, section.root);
        set(&mut tenancy.column, section.column);
        set(&mut tenancy.setting, section.setting);
        tenancy.role = section.role;
        tenancy.system_role = section.system_role;
        if let Some(kind) = section.kind {
            tenancy.kind = match kind.as_str() {
                "uuid" => TenantKind::Uuid,
                "bigint" => TenantKind::BigInt,
                "text" => TenantKind::Text,
                _ => {
                    return Err(SettingsError::Name {
                        key: "kind",
                        value: kind,
                        why: "write uuid, bigint or text",
                    });
                }
            };
        }
        tenancy.checked()
    }

    /// The settings, if PostgreSQL can take every name in them.
    ///
    /// ```
    /// use freehold_tenancy::Tenancy;
    ///
    /// assert!(Tenancy::default().checked().is_ok());
    /// let injected = Tenancy { setting: "app.tenant'; DROP".to_owned(), ..Tenancy::default() };
    /// assert!(injected.checked().is_err());
    /// ```
    ///
    /// # Errors
    /// When a name is empty, too long, or the setting has no dot in it.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let named = [
            ("column", Some(&self.column)),
            ("role", self.role.as_ref()),
            ("system_role", self.system_role.as_ref()),
        ];
        for (key, value) in named {
            let Some(value) = value else { continue };
            if value.is_empty() || value.len() > 63 || value.contains('\0') {
                let why = "a name has 1 to 63 bytes and no NUL";
                return Err(SettingsError::Name { key, value: value.clone(), why });
            }
        }
        let part = |part: &str| {
            let mut letters = part.chars();
            letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if self.setting.split('.').count() < 2 || !self.setting.split('.').all(part) {
            let why = "a setting of one's own is called prefix.name, in letters, digits and underscores";
            return Err(SettingsError::Name { key: "setting", value: self.setting, why });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_file_is_read() {
        let text = "[migrations]\ndir = 'm'\n[tenancy]\nroot = 'organizations'\ncolumn = 'org_id'\nshared = ['plans']\nkind = 'bigint'";
        let tenancy = Tenancy::from_toml(text).unwrap();
        assert_eq!((tenancy.root.as_str(), tenancy.column.as_str()), ("organizations", "org_id"));
        assert_eq!(tenancy.kind, TenantKind::BigInt);
        assert_eq!(tenancy.setting, "app.current_tenant_id");
        assert_eq!(Tenancy::from_toml("").unwrap(), Tenancy::default());
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for text in ["setting = 'tenant'", "setting = 'a.b; drop'", "column = ''", "kind = 'int'", "role = 3"]
        {
            assert!(Tenancy::from_toml(&format!("[tenancy]\n{text}")).is_err(), "{text}");
        }
    }
}
