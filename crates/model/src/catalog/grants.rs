//! Privileges on an object, read from the server's access control lists into words.

use std::fmt;

/// One privilege (PostgreSQL manual, table 5.1 "ACL Privilege Abbreviations").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Privilege {
    /// `SELECT`, `INSERT` and so on; an abbreviation that is not known is kept as it is.
    pub name: String,
    /// True when it may be passed on.
    pub grantable: bool,
}

/// The privileges that one role has been given by one other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The role; `None` is PUBLIC. The object's owner is `Some` of its name here too.
    pub grantee: Option<String>,
    /// Who gave them.
    pub grantor: String,
    /// True when the grantee is the object's owner.
    pub to_owner: bool,
    /// True when the grantor is the object's owner.
    pub by_owner: bool,
    /// What was given, in the order of the words.
    pub privileges: Vec<Privilege>,
}

/// All privileges on one object, ordered. What the owner and PUBLIC have by default is listed like the rest, so
/// that privileges which were given and taken back leave nothing behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// From the text form of access control items such as `alice=arwdDxt/postgres`; an unreadable one is left out.
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>, owner: &str) -> Self {
        let mut grants: Vec<Grant> = items.into_iter().filter_map(|item| parse_item(item, owner)).collect();
        grants.retain(|grant| !grant.privileges.is_empty());
        grants.sort();
        Self(grants)
    }

    /// Adds a privilege that the owner gives: to a role, or to everybody with `None`.
    pub fn give(&mut self, role: Option<&str>, owner: &str, privilege: &str, grantable: bool) {
        let at = self.0.iter().position(|grant| grant.grantee.as_deref() == role && grant.by_owner);
        let at = at.unwrap_or_else(|| {
            self.0.push(Grant {
                grantee: role.map(str::to_owned),
                grantor: owner.to_owned(),
                to_owner: role == Some(owner),
                by_owner: true,
                privileges: Vec::new(),
            });
            self.0.len() - 1
        });
        if let Some(grant) = self.0.get_mut(at) {
            match grant.privileges.iter_mut().find(|given| given.name == privilege) {
                Some(given) => given.grantable |= grantable,
                None => grant.privileges.push(Privilege { name: privilege.to_owned(), grantable }),
            }
            grant.privileges.sort();
        }
        self.0.sort();
    }

    /// Takes a privilege away from a role, or from everybody with `None`.
    pub fn take(&mut self, role: Option<&str>, privilege: &str) {
        for grant in self.0.iter_mut().filter(|grant| grant.grantee.as_deref() == role) {
            grant.privileges.retain(|given| given.name != privilege);
        }
        self.0.retain(|grant| !grant.privileges.is_empty());
    }

    /// Takes the right to pass a privilege on away.
    pub fn take_option(&mut self, role: Option<&str>, privilege: &str) {
        for grant in self.0.iter_mut().filter(|grant| grant.grantee.as_deref() == role) {
            for given in grant.privileges.iter_mut().filter(|given| given.name == privilege) {
                given.grantable = false;
            }
        }
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// True when somebody other than the owner has the privilege: `role`, or everybody with `None`.
    pub fn has(&self, role: Option<&str>, privilege: &str) -> bool {
        self.0.iter().any(|grant| {
            grant.grantee.as_deref() == role && grant.privileges.iter().any(|given| given.name == privilege)
        })
    }

    /// One line for each privilege: `SELECT to alice`. What the owner has says "owner" and not the owner's name, so
    /// that a change of owner is one difference and not many.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for grant in &self.0 {
            let to = match &grant.grantee {
                _ if grant.to_owner => "the owner",
                None => "PUBLIC",
                Some(role) => role,
            };
            for privilege in &grant.privileges {
                let passing = if privilege.grantable { " with grant option" } else { "" };
                let by = if grant.by_owner { String::new() } else { format!(" by {}", grant.grantor) };
                lines.push(format!("{} to {to}{passing}{by}", privilege.name));
            }
        }
        lines
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        let mut grants: Vec<Grant> =
            grants.into_iter().filter(|grant| !grant.privileges.is_empty()).collect();
        grants.sort();
        Self(grants)
    }
}

/// `grantee=privileges`, as psql shows them but in words.
impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join(", "))
    }
}

fn parse_item(item: &str, owner: &str) -> Option<Grant> {
    let (grantee, rest) = role_name(item)?;
    let (letters, grantor) = rest.strip_prefix('=')?.split_once('/')?;
    let (grantor, _) = role_name(grantor)?;
    let mut privileges = Vec::new();
    let mut letters = letters.chars().peekable();
    while let Some(letter) = letters.next() {
        let grantable = letters.next_if_eq(&'*').is_some();
        privileges.push(Privilege { name: privilege_name(letter), grantable });
    }
    privileges.sort();
    let to_owner = grantee == owner;
    let by_owner = grantor == owner;
    let grantee = (!grantee.is_empty()).then_some(grantee);
    Some(Grant { grantee, grantor, to_owner, by_owner, privileges })
}

/// A role's name at the start of a text: bare, or in double quotes with embedded ones doubled. Gives the rest too.
fn role_name(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('=').unwrap_or(text.len());
        return Some((text.get(..end)?.to_owned(), text.get(end..)?));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return Some((name, quoted.get(at + 1..)?));
        }
    }
    None
}

fn privilege_name(letter: char) -> String {
    match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'X' => "EXECUTE",
        'U' => "USAGE",
        'C' => "CREATE",
        'c' => "CONNECT",
        'T' => "TEMPORARY",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        'm' => "MAINTAIN",
        other => return other.to_string(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_control_items_are_read_into_words() {
        let grants = Grants::parse(["ann=r*w/ann", "=U/ann", "\"o\"\"dd=/\"=X/bob"], "ann");
        assert_eq!(
            grants.lines(),
            [
                "USAGE to PUBLIC",
                "SELECT to the owner with grant option",
                "UPDATE to the owner",
                "EXECUTE to o\"dd=/ by bob"
            ]
        );
        assert!(grants.has(None, "USAGE"));
        assert!(!grants.has(Some("bob"), "USAGE"));
    }

    #[test]
    fn what_is_given_and_taken_back_leaves_nothing() {
        let mut grants = Grants::default();
        grants.give(Some("bob"), "ann", "SELECT", true);
        grants.give(None, "ann", "SELECT", false);
        grants.take_option(Some("bob"), "SELECT");
        assert_eq!(grants, Grants::parse(["=r/ann", "bob=r/ann"], "ann"));
        grants.take(Some("bob"), "SELECT");
        grants.take(None, "SELECT");
        assert_eq!(grants, Grants::default());
    }

    #[test]
    fn order_and_empty_items_say_nothing() {
        assert_eq!(Grants::parse(["b=r/a", "a=r/a"], "a"), Grants::parse(["a=r/a", "b=r/a", "c=/a"], "a"));
    }
}
