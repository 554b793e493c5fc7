//! What maintenance sees, the steps that it takes, and why.

use crate::vectors::Measured;
#[cfg(doc)]
use crate::vectors::Rules;

/// A tenant and its vectors.
///
/// ```
/// use freehold_tenancy::vectors::{TenantRows, plan_maintenance};
///
/// # let faces = freehold_tenancy_ground::faces()?;
/// let small = TenantRows { tenant: "7".to_owned(), rows: 2 };
/// assert!(plan_maintenance(&faces, &[small], &[]).is_empty(), "three are wanted in this space");
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRows {
    /// The tenant, as text.
    pub tenant: String,
    /// How many vectors it has.
    pub rows: u64,
}

/// An index of a space that is there already.
///
/// ```
/// use freehold_tenancy::vectors::{IndexSeen, Reason, Step, plan_maintenance};
///
/// # let faces = freehold_tenancy_ground::faces()?;
/// let broken = IndexSeen { name: "faces_hnsw_0".to_owned(), valid: false, measured: None };
/// let steps = plan_maintenance(&faces, &[], &[broken]);
/// assert!(matches!(&steps[..], [Step::Drop { reason: Reason::Invalid, .. }]));
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSeen {
    /// Its name.
    pub name: String,
    /// Whether it was built to its end.
    pub valid: bool,
    /// What was measured of it, if anything was.
    pub measured: Option<Measured>,
}

/// Why something is done. Each [`Step`] has its reason.
///
/// ```
/// use freehold_tenancy::vectors::{IndexSeen, Reason, Step, plan_maintenance};
///
/// # let faces = freehold_tenancy_ground::faces()?;
/// // No tenant has this index any more.
/// let index = IndexSeen { name: "faces_hnsw_0".to_owned(), valid: true, measured: None };
/// let steps = plan_maintenance(&faces, &[], &[index]);
/// assert!(matches!(&steps[..], [Step::Drop { reason: Reason::Unwanted, .. }]));
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The tenant has at least [`Rules::index_from`] vectors.
    Grown {
        /// How many.
        rows: u64,
    },
    /// The tenant has fewer than [`Rules::index_until`] vectors, or is gone, or the index was made with other values
    /// of `m` and `ef_construction`.
    Unwanted,
    /// Larger tenants take the places that [`Rules::most_indexes`] allows.
    Displaced {
        /// How many vectors the tenant has.
        rows: u64,
    },
    /// An earlier attempt was broken off and left an index that nobody uses and everybody keeps.
    Invalid,
    /// The rows of a tenant that is searched exactly lie apart, among those of others.
    Apart {
        /// How many vectors it has.
        rows: u64,
        /// On so many pages.
        pages: u64,
    },
    /// Rows were written or deleted since the last vacuum, more than [`Rules::vacuum_after`] allows: their pages are
    /// looked at although the covering index has all that is asked for.
    Changed {
        /// How many.
        rows: u64,
    },
}

/// One thing to do.
///
/// ```
/// use freehold_tenancy::vectors::{Step, TenantRows, plan_maintenance};
///
/// # let faces = freehold_tenancy_ground::faces()?;
/// let tenants = [("7", 12), ("8", 40)].map(|(name, rows)| TenantRows { tenant: name.to_owned(), rows });
/// let steps = plan_maintenance(&faces, &tenants, &[]);
/// let [Step::Create { tenant: first, .. }, Step::Create { tenant: second, .. }] = &steps[..] else { panic!() };
/// assert_eq!((first.as_str(), second.as_str()), ("8", "7"), "the largest first");
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a tenant's index.
    Create {
        /// Its name.
        index: String,
        /// The tenant, as text.
        tenant: String,
        /// Why.
        reason: Reason,
    },
    /// Drop an index.
    Drop {
        /// Its name.
        index: String,
        /// Why.
        reason: Reason,
    },
    /// Vacuum the table.
    Vacuum {
        /// Why.
        reason: Reason,
    },
    /// Make the covering index, which keeps the vectors of each tenant together; see [`Rules::covering_from`].
    Cover {
        /// Its name.
        index: String,
        /// Why.
        reason: Reason,
    },
}
