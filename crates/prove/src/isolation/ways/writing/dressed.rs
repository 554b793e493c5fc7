//! Rows of A as its policies may want them: policies speak of further columns than the tenant's, such as a user's.

use std::collections::BTreeSet;

use super::{
    statement::{assignments, is_word},
    subject::{Line, Subject},
};

/// Columns, by their place, with the values that they are to have.
pub(in crate::isolation::ways) type Values = Vec<(usize, Option<String>)>;

impl Subject<'_> {
    /// The columns that policies speak of beside the tenant's, by their place.
    pub(in crate::isolation::ways) fn spoken_of(&self) -> Vec<usize> {
        let policies = self.tables().into_iter().flat_map(|relation| &relation.policies);
        let texts: BTreeSet<&str> = policies
            .flat_map(|policy| [&policy.using, &policy.with_check])
            .flatten()
            .map(String::as_str)
            .collect();
        (0..self.places.len())
            .filter(|at| !self.tenant.contains(at))
            .filter(|at| {
                self.places.get(*at).is_some_and(|place| {
                    !place.generated && texts.iter().any(|text| is_word(text, &place.name))
                })
            })
            .collect()
    }

    /// A row of A's, and the same with A's user or A's key in the columns that policies speak of.
    pub(in crate::isolation::ways) fn dressed(&self, own: &Line) -> Vec<Line> {
        let mut lines = vec![own.clone()];
        let spoken_of = self.spoken_of();
        for (value, type_name) in [self.user(), self.key()].into_iter().flatten() {
            let values: Vec<(usize, String)> = spoken_of
                .iter()
                .filter(|at| {
                    self.relation.columns.get(**at).is_some_and(|column| column.type_name == type_name)
                })
                .filter(|at| !self.is_in_key(**at))
                .map(|at| (*at, value.clone()))
                .collect();
            let mut line = own.clone();
            for (at, value) in &values {
                if let Some(place) = line.values.get_mut(*at) {
                    *place = Some(value.clone());
                }
            }
            if lines.iter().any(|other| other.values == line.values) {
                continue;
            }
            let set =
                assignments(values.iter().filter_map(|(at, value)| {
                    Some((self.places.get(*at)?.name.as_str(), Some(value.as_str())))
                }));
            line.stage = Some(format!(
                "SET LOCAL session_replication_role = replica; UPDATE {} SET {set} WHERE {}; \
                 SET LOCAL session_replication_role = origin",
                self.name, own.found_by
            ));
            lines.push(line);
        }
        lines
    }

    /// Rows of others as A's policies may want them: as they are, and with a row of A's own, A's user or A's key in the
    /// columns that policies speak of.
    pub(in crate::isolation::ways) fn disguised(&self) -> Vec<Values> {
        let spoken_of = self.spoken_of();
        let mut all = vec![Values::new()];
        let mut add = |values: Values| {
            if !all.contains(&values) {
                all.push(values);
            }
        };
        if let Some(own) = self.own.first().filter(|_| !spoken_of.is_empty()) {
            let of_own = |at: &usize| (*at, self.value(own, *at).map(str::to_owned));
            // With A's own key a row would only meet A's; without it, the key may be what a policy asks for.
            add(spoken_of.iter().filter(|at| !self.is_in_key(**at)).map(of_own).collect());
            add(spoken_of.iter().map(of_own).collect());
        }
        for (value, type_name) in [self.user(), self.key()].into_iter().flatten() {
            let of_type = |at: &&usize| {
                self.relation.columns.get(**at).is_some_and(|column| column.type_name == type_name)
            };
            let put = |at: &usize| (*at, Some(value.clone()));
            add(spoken_of.iter().filter(of_type).filter(|at| !self.is_in_key(**at)).map(put).collect());
            add(spoken_of.iter().filter(of_type).map(put).collect());
        }
        all
    }

    fn is_in_key(&self, at: usize) -> bool {
        let key = self.relation.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
        self.places.get(at).is_some_and(|place| key.contains(&place.name))
    }

    /// A's user, and the type that such keys have.
    fn user(&self) -> Option<(String, String)> {
        let user = self.world.users.first().filter(|user| !user.is_empty())?;
        let membership = self.world.tenancy.membership.as_ref()?;
        let relation = self.world.catalog.relation_by_oid(membership.relation)?;
        Some((user.clone(), relation.column(&membership.user)?.type_name.clone()))
    }

    /// A's key, and the type that such keys have.
    fn key(&self) -> Option<(String, String)> {
        let key = self.world.tenants.first()?;
        let at = self.tenant.first()?;
        self.world.tenancy.column_of(self.relation.oid)?;
        Some((key.clone(), self.relation.columns.get(*at)?.type_name.clone()))
    }
}
