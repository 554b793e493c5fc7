//! Changes of the session's settings.

/// One setting that a statement changes. Everything that changes a setting is one of these: `SET`, `RESET`, `SET ROLE`
/// (the setting `role`), `SET SESSION AUTHORIZATION` (`session_authorization`), `SET TIME ZONE` (`timezone`),
/// `SELECT set_config(...)`, `DISCARD ALL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionChange {
    /// The setting, lower case, such as `search_path`; `all` for `RESET ALL` and `DISCARD ALL`.
    pub name: String,
    /// The new values as written, a list for `search_path`; empty when it is set to its default or to something that
    /// the text does not tell.
    pub values: Vec<String>,
    /// True when the value is computed (`set_config('search_path', f(), false)`) and so not known from the text.
    pub computed: bool,
    /// How long it lasts.
    pub scope: SettingScope,
}

/// How long a changed setting lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingScope {
    /// To the end of the session, unless the transaction rolls back.
    Session,
    /// To the end of the transaction: `SET LOCAL`, `SET TRANSACTION`.
    Transaction,
}

impl SessionChange {
    /// True when it ends with the transaction.
    pub fn is_local(&self) -> bool {
        self.scope == SettingScope::Transaction
    }
}
