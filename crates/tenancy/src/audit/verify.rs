//! Following the chain: what was changed, removed, put in or cut off shows.

mod follow;

use jiff::Timestamp;

use super::{
    SCHEMA, TrailError,
    entry::Position,
    migration::{ENTRY, LINK},
};
use crate::{Execute, Sql, Tenant, quote_identifier};
use follow::Followed;

/// The end of a tenant's chain at some time. Kept where whoever may write to the database can't (another system, a log that
/// is shipped away, a notary), it shows that the chain was cut off or written anew later.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{self, Anchor};
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// let Anchor { seq, hash } = audit::head(&tenant).await?.ok_or("something was changed")?;
/// // What goes to another system is small, and says nothing about the rows.
/// assert_eq!((seq, hash.len()), (1, 32));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Number of the link, from 1.
    pub seq: i64,
    /// SHA-256 of the link.
    pub hash: Vec<u8>,
}

/// Something that is not as the chain says.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{Tampering, Verify, verify};
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// tenant.execute("DELETE FROM notes", &[]).await?;
/// // Somebody with the owner's rights removes one of the three entries.
/// ground.admin("DELETE FROM audit.audit_log WHERE id = (SELECT min(id) FROM audit.audit_log)").await;
/// let found = verify(&tenant, &Verify::default()).await?.tampering;
/// assert_eq!(found, [Tampering::EntriesGone { seq: 1, written: 3, found: 2 }]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tampering {
    /// Entries of a transaction were changed, or exchanged for others.
    EntriesChanged {
        /// The link that holds them.
        seq: i64,
    },
    /// Entries of a transaction are gone.
    EntriesGone {
        /// The link that holds them.
        seq: i64,
        /// As many as were written.
        written: i64,
        /// As many as are there.
        found: i64,
    },
    /// More entries than the transaction wrote.
    EntriesAdded {
        /// The link that holds them.
        seq: i64,
        /// As many as were written.
        written: i64,
        /// As many as are there.
        found: i64,
    },
    /// Old or new values of an entry are not those that were written.
    ValuesChanged {
        /// The link that holds the entry.
        seq: i64,
        /// In how many entries.
        entries: i64,
    },
    /// An entry that no transaction wrote.
    EntryWithoutLink {
        /// Which.
        position: Position,
    },
    /// A link was changed.
    LinkChanged {
        /// Which.
        seq: i64,
    },
    /// A link does not follow on the one before it: links were changed, exchanged or put in.
    LinkOutOfOrder {
        /// Which.
        seq: i64,
    },
    /// Links are missing.
    LinksGone {
        /// The first that is missing.
        from: i64,
        /// The first that is there again; at the end of the chain, the one that would come next.
        to: i64,
    },
    /// The chain does not end where its head says.
    HeadChanged {
        /// The last link that is there.
        last: i64,
        /// The link that the head names.
        head: i64,
    },
    /// The link that was anchored is another one now, or gone.
    AnchorLost {
        /// Which.
        seq: i64,
    },
}

/// What was found.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # use freehold_tenancy::audit::{Verify, verify};
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// tenant.execute("UPDATE notes SET body = upper(body)", &[]).await?;
/// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// let verified = verify(&tenant, &Verify::default()).await?;
/// // Two transactions, four rows.
/// assert_eq!((verified.links, verified.entries), (2, 4));
/// assert_eq!(verified.head.map(|head| head.seq), Some(2));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Links that were followed: one for each transaction.
    pub links: i64,
    /// Entries that were read.
    pub entries: i64,
    /// Entries whose values were erased: what was done is in the chain, what the values were can't be known any more.
    pub erased: i64,
    /// Links whose entries are older than [`Verify::kept_since`] and gone.
    pub archived: i64,
    /// What is not as the chain says; empty when all is. At most [`Verify::MOST`] are told.
    pub tampering: Vec<Tampering>,
    /// The end of the chain, to be anchored.
    pub head: Option<Anchor>,
}

impl Verified {
    /// Whether nothing was found.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{Verify, verify};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// assert!(verify(&tenant, &Verify::default()).await?.is_sound());
    /// ground.admin("UPDATE audit.audit_log SET acting_user = 'somebody else'").await;
    /// assert!(!verify(&tenant, &Verify::default()).await?.is_sound());
    /// # Ok(())
    /// # });
    /// ```
    pub fn is_sound(&self) -> bool {
        self.tampering.is_empty()
    }
}

/// What is asked of [`verify`].
///
/// ```
/// use freehold_tenancy::audit::{Verify, verify};
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// // A tenant of whom nothing was changed yet has an empty chain, which is sound.
/// let verified = verify(&tenant, &Verify::default()).await?;
/// assert_eq!((verified.is_sound(), verified.links, verified.head), (true, 0, None));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct Verify {
    anchors: Vec<Anchor>,
    after: Option<Anchor>,
    kept_since: Option<Timestamp>,
}

impl Verify {
    /// So many findings are told at most.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{Verify, verify};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// for _ in 0..Verify::MOST + 10 {
    ///     tenant.execute("UPDATE notes SET body = body || '.' WHERE id = 1", &[]).await?;
    /// }
    /// ground.admin("DELETE FROM audit.audit_log").await;
    /// assert_eq!(verify(&tenant, &Verify::default()).await?.tampering.len(), Verify::MOST);
    /// # Ok(())
    /// # });
    /// ```
    pub const MOST: usize = 100;

    /// The whole chain, and that it holds this link.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// use freehold_tenancy::audit::{Anchor, Tampering, Verify, verify};
    ///
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// // What was anchored was another link: the chain was written anew since.
    /// let asked = Verify::default().holds(Anchor { seq: 1, hash: vec![0; 32] });
    /// assert_eq!(verify(&tenant, &asked).await?.tampering, [Tampering::AnchorLost { seq: 1 }]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn holds(mut self, anchor: Anchor) -> Self {
        self.anchors.push(anchor);
        self
    }

    /// What came after this link, which was verified before.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{self, Verify, verify};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// let yesterday = audit::head(&tenant).await?.ok_or("something was changed")?;
    /// tenant.execute("DELETE FROM notes WHERE id = 2", &[]).await?;
    /// let since = verify(&tenant, &Verify::default().after(yesterday)).await?;
    /// assert_eq!((since.is_sound(), since.links), (true, 1));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn after(mut self, anchor: Anchor) -> Self {
        self.after = Some(anchor);
        self
    }

    /// Entries from before this time may be gone as a whole: their partitions were dropped after the time of retention.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{Verify, verify};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// ground.admin("TRUNCATE audit.audit_log").await; // the time of retention is over
    /// let kept_since = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    /// let verified = verify(&tenant, &Verify::default().kept_since(kept_since)).await?;
    /// assert_eq!((verified.is_sound(), verified.archived), (true, 1));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn kept_since(mut self, time: Timestamp) -> Self {
        self.kept_since = Some(time);
        self
    }
}

/// The end of a tenant's chain; `None` before its first change.
///
/// ```
/// # use freehold_tenancy::{Execute, audit};
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// assert_eq!(audit::head(&tenant).await?, None);
/// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// tenant.execute("DELETE FROM notes WHERE id = 2", &[]).await?;
/// assert_eq!(audit::head(&tenant).await?.map(|head| head.seq), Some(2));
/// # Ok(())
/// # });
/// ```
///
/// # Errors
/// [`TrailError`].
pub async fn head(on: &impl Execute) -> Result<Option<Anchor>, TrailError> {
    let tenant = on.tenant_id().ok_or(TrailError::NoTenant)?;
    let sql = fill("SELECT seq, hash FROM {schema}.audit_heads WHERE {column} = $1", &on.tenancy().column);
    let head: Option<(i64, Vec<u8>)> = on.query_opt(sql, &[tenant]).await?;
    Ok(head.map(|(seq, hash)| Anchor { seq, hash }))
}

/// Follows the chain of a tenant, as it is at one moment; writers are not held up. Every hash is computed anew by the
/// server from the rows, none by a function that is kept in the database.
///
/// Without an [`Anchor`] a chain that somebody with the owner's rights wrote anew from some link on, head and all, is
/// sound: hashes are no signatures.
///
/// # Errors
/// [`TrailError`], when the trail can't be read. What was tampered with is no error, but in [`Verified::tampering`].
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{Verify, verify};
///
/// # freehold_tenancy_ground::with_trail(|_, tenant| async move {
/// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// let today = verify(&tenant, &Verify::default()).await?;
/// assert!(today.is_sound(), "{:?}", today.tampering);
/// let anchor = today.head; // keep it elsewhere
/// # assert!(anchor.is_some());
/// # Ok(())
/// # });
/// ```
pub async fn verify(tenant: &Tenant, asked: &Verify) -> Result<Verified, TrailError> {
    let transaction = tenant.clone().snapshot().begin().await?;
    let mut followed = Followed::begin(asked);
    while followed.links(&transaction).await? {}
    followed.strays(&transaction).await?;
    followed.end(&transaction).await?;
    transaction.rollback().await?;
    followed.verified.tampering.truncate(Verify::MOST);
    Ok(followed.verified)
}

fn fill(text: &str, column: &str) -> Sql {
    let text = text.replace("{entry}", ENTRY).replace("{link}", LINK);
    let schema = quote_identifier(SCHEMA);
    Sql::vouched(text.replace("{schema}", &schema).replace("{column}", &quote_identifier(column)))
}
