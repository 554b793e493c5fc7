//! The description of a table of vectors.

use std::{fmt, sync::Arc};

use moka::future::Cache;

use crate::{
    TenantId, quote_identifier,
    vectors::{Embedding, Metric, Rules, Standing, VectorError},
};

/// What a [`Space`] is made of.
///
/// ```
/// use freehold_tenancy::vectors::{Metric, SpaceOptions};
///
/// let options = SpaceOptions {
///     table: "faces".to_owned(),
///     half: Some("embedding_search".to_owned()),
///     ..SpaceOptions::new(512, Metric::Cosine)
/// };
/// assert_eq!(options.ids, ["id"]);
/// ```
#[derive(Debug, Clone)]
pub struct SpaceOptions {
    /// The table's schema; `None` leaves it to the search path.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The columns that name a row within its tenant.
    pub ids: Vec<String>,
    /// Further columns that come with each hit.
    pub also: Vec<String>,
    /// The column that names the tenant; `None` for the one that is usual in this database.
    pub tenant_column: Option<String>,
    /// The column with vectors in full precision (`vector`), if any: searched where `half` is none, else for
    /// re-ranking.
    pub full: Option<String>,
    /// The column with vectors in half precision (`halfvec`), if any, which is searched. Let it be stored in line:
    /// `ALTER TABLE … ALTER COLUMN … SET STORAGE PLAIN`.
    pub half: Option<String>,
    /// Numbers in each vector.
    pub dimensions: usize,
    /// The distance.
    pub metric: Metric,
    /// When tenants get indexes of their own.
    pub rules: Rules,
}

impl SpaceOptions {
    /// Options with one id column, `id`, and the usual [`Rules`]; the table and at least one of `full` and `half`
    /// have to be named besides.
    ///
    /// ```
    /// use freehold_tenancy::vectors::{Metric, SpaceOptions};
    ///
    /// let options = SpaceOptions::new(512, Metric::Cosine);
    /// assert_eq!((options.ids.len(), options.rules.index_from), (1, 10_000));
    /// assert!(options.table.is_empty(), "still to be named, as the column is");
    /// ```
    pub fn new(dimensions: usize, metric: Metric) -> Self {
        Self {
            schema: None,
            table: String::new(),
            ids: vec!["id".to_owned()],
            also: Vec::new(),
            tenant_column: None,
            full: None,
            half: None,
            dimensions,
            metric,
            rules: Rules::default(),
        }
    }
}

/// A table of vectors that can be searched within a tenant. Cheap to clone; clones share what they know of tenants.
///
/// Make one at the start of the program and keep it: it remembers for [`Rules::recount_after`] how many vectors a
/// tenant has.
///
/// ```
/// use freehold_tenancy::vectors::{Metric, Space, SpaceOptions};
///
/// let options = SpaceOptions { table: "faces".to_owned(), ..SpaceOptions::new(512, Metric::Cosine) };
/// let faces = Space::new(SpaceOptions { full: Some("embedding".to_owned()), ..options.clone() })?;
/// assert_eq!(faces.options().dimensions, 512);
/// assert!(Space::new(options).is_err(), "a column to search is missing");
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Clone)]
pub struct Space(Arc<Inner>);

struct Inner {
    options: SpaceOptions,
    known: Cache<TenantId, Standing>,
}

impl Space {
    /// The most hits of one search.
    ///
    /// ```
    /// use freehold_tenancy::vectors::Space;
    ///
    /// let asked: usize = 50_000;
    /// assert_eq!(asked.clamp(1, Space::MOST_HITS), 10_000, "a limit that is never refused");
    /// ```
    pub const MOST_HITS: usize = 10_000;
    /// Tenants whose count of rows is remembered at once.
    const MOST_KNOWN: u64 = 100_000;

    /// Checks a description. It asks no server.
    ///
    /// # Errors
    /// [`VectorError::Space`] when a name is missing or can't be one, when there is no column to search, or when the
    /// dimensions are 0 or more than pgvector stores.
    ///
    /// ```
    /// use freehold_tenancy::vectors::{Metric, Space, SpaceOptions, VectorError};
    ///
    /// let nowhere = Space::new(SpaceOptions::new(512, Metric::Cosine));
    /// assert!(matches!(nowhere, Err(VectorError::Space { what: "table", .. })));
    /// ```
    pub fn new(options: SpaceOptions) -> Result<Self, VectorError> {
        let refused = |what, why| Err(VectorError::Space { what, why });
        let one = |name: &Option<String>| name.iter().cloned().collect::<Vec<_>>();
        let named = [
            ("schema", one(&options.schema)),
            ("table", vec![options.table.clone()]),
            ("ids", options.ids.clone()),
            ("also", options.also.clone()),
            ("tenant_column", one(&options.tenant_column)),
            ("full", one(&options.full)),
            ("half", one(&options.half)),
        ];
        for (what, names) in named {
            if names.iter().any(|name| name.is_empty() || name.len() > 63 || name.contains('\0')) {
                return refused(what, "is no name: names have 1 to 63 bytes and no NUL");
            }
        }
        if options.ids.is_empty() {
            return refused("ids", "are missing: name the columns that name a row");
        }
        if options.full.is_none() && options.half.is_none() {
            return refused("full and half", "are both missing: name a column to search");
        }
        if !(1..=Embedding::MOST_DIMENSIONS).contains(&options.dimensions) {
            return refused("dimensions", "are not 1 to 16000");
        }
        options.rules.check()?;
        let known =
            Cache::builder().max_capacity(Self::MOST_KNOWN).time_to_live(options.rules.recount_after).build();
        Ok(Self(Arc::new(Inner { options, known })))
    }

    /// What it was made of.
    ///
    /// ```
    /// # let faces = freehold_tenancy_ground::faces()?;
    /// assert_eq!(faces.options().table, "faces");
    /// assert_eq!(faces.options().ids, ["id"]);
    /// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
    /// ```
    pub fn options(&self) -> &SpaceOptions {
        &self.0.options
    }

    /// A vector of this space, checked: its dimensions, that its numbers are finite, that it is not zero where the
    /// metric is cosine, and that half precision can hold it where the space has such a column.
    ///
    /// # Errors
    /// [`VectorError`], before anything is sent.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Metric, Space, SpaceOptions, VectorError};
    /// let options = SpaceOptions {
    ///     table: "faces".to_owned(),
    ///     full: Some("embedding".to_owned()),
    ///     ..SpaceOptions::new(3, Metric::Cosine)
    /// };
    /// let faces = Space::new(options)?;
    /// assert!(faces.embedding(vec![0.1, 0.2, 0.3]).is_ok());
    /// assert!(matches!(faces.embedding(vec![0.1]), Err(VectorError::Dimensions { wanted: 3, given: 1 })));
    /// assert!(matches!(faces.embedding(vec![0.0; 3]), Err(VectorError::Zero)));
    /// # Ok::<(), VectorError>(())
    /// ```
    pub fn embedding(&self, values: Vec<f32>) -> Result<Embedding, VectorError> {
        let given = values.len();
        if given != self.0.options.dimensions {
            return Err(VectorError::Dimensions { wanted: self.0.options.dimensions, given });
        }
        let embedding = Embedding::new(values)?;
        self.check(&embedding)?;
        Ok(embedding)
    }

    /// Whether a vector belongs into this space.
    pub(crate) fn check(&self, embedding: &Embedding) -> Result<(), VectorError> {
        let options = &self.0.options;
        if embedding.dimensions() != options.dimensions {
            let given = embedding.dimensions();
            return Err(VectorError::Dimensions { wanted: options.dimensions, given });
        }
        if options.half.is_some() {
            embedding.to_half()?;
        }
        if options.metric == Metric::Cosine && embedding.is_zero(options.half.is_some()) {
            return Err(VectorError::Zero);
        }
        Ok(())
    }

    /// What is known of tenants.
    pub(crate) fn known(&self) -> &Cache<TenantId, Standing> {
        &self.0.known
    }

    /// The table with its schema, quoted.
    pub(crate) fn table(&self) -> String {
        let options = &self.0.options;
        match &options.schema {
            Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&options.table)),
            None => quote_identifier(&options.table),
        }
    }

    /// The column that is searched, unquoted, and whether it is in half precision.
    pub(crate) fn searched(&self) -> (&str, bool) {
        match (&self.0.options.half, &self.0.options.full) {
            (Some(half), _) => (half, true),
            (None, full) => (full.as_deref().unwrap_or_default(), false),
        }
    }

    /// The column with the tenant, unquoted.
    pub(crate) fn tenant_column<'s>(&'s self, usual: &'s str) -> &'s str {
        self.0.options.tenant_column.as_deref().unwrap_or(usual)
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("options", &self.0.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> SpaceOptions {
        SpaceOptions {
            table: "faces".to_owned(),
            half: Some("embedding_search".to_owned()),
            ..SpaceOptions::new(4, Metric::Cosine)
        }
    }

    #[test]
    fn a_description_that_cannot_be_searched_is_refused() {
        type Spoil = fn(&mut SpaceOptions);
        let spoiled: [(&str, Spoil); 14] = [
            ("table", |options| options.table.clear()),
            ("table", |options| options.table = "a\0b".to_owned()),
            ("ids", |options| options.ids.clear()),
            ("ids", |options| options.ids = vec!["x".repeat(64)]),
            ("also", |options| options.also = vec![String::new()]),
            ("full and half", |options| options.half = None),
            ("dimensions", |options| options.dimensions = 0),
            ("dimensions", |options| options.dimensions = 16_001),
            ("rules.index_until", |options| options.rules.index_until = 10_001),
            ("rules.ef_construction", |options| options.rules.ef_construction = 15),
            ("rules.recall", |options| options.rules.recall = 1.0),
            ("rules.recall", |options| options.rules.recall = f64::NAN),
            ("rules.vacuum_after", |options| options.rules.vacuum_after = f64::NAN),
            ("rules.vacuum_after", |options| options.rules.vacuum_after = -0.1),
        ];
        assert!(Space::new(good()).is_ok());
        for (wanted, spoil) in spoiled {
            let mut options = good();
            spoil(&mut options);
            match Space::new(options) {
                Err(VectorError::Space { what, .. }) => assert_eq!(what, wanted),
                other => panic!("{wanted}: {other:?}"),
            }
        }
    }

    #[test]
    fn vectors_of_another_space_are_refused() {
        let space = Space::new(good()).unwrap();
        assert!(matches!(
            space.embedding(vec![1.0; 5]),
            Err(VectorError::Dimensions { wanted: 4, given: 5 })
        ));
        assert!(matches!(
            space.embedding(vec![1.0, f32::NAN, 1.0, 1.0]),
            Err(VectorError::NotFinite { position: 1 })
        ));
        assert!(matches!(space.embedding(vec![0.0; 4]), Err(VectorError::Zero)));
        assert!(matches!(space.embedding(vec![1e-9; 4]), Err(VectorError::Zero)));
        assert!(matches!(space.embedding(vec![7e4; 4]), Err(VectorError::TooLarge { position: 0 })));
        let flat = Space::new(SpaceOptions { metric: Metric::L2, ..good() }).unwrap();
        assert!(flat.embedding(vec![0.0; 4]).is_ok());
        assert!(space.embedding(vec![1.0; 4]).is_ok());
    }
}
