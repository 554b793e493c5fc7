//! What can go wrong with vectors.

use crate::Error;

/// Why a vector, a space or a search can't be.
///
/// ```
/// use freehold_tenancy::vectors::{Embedding, VectorError};
///
/// let refused = Embedding::new(vec![1.0, f32::INFINITY]).unwrap_err();
/// assert!(matches!(refused, VectorError::NotFinite { position: 1 }));
/// assert_eq!(refused.to_string(), "the number at position 1 of the vector, counted from 0, is not finite");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// A vector without numbers.
    #[error("the vector has no numbers")]
    Empty,
    /// More dimensions than pgvector stores.
    #[error("the vector has {given} dimensions, pgvector stores up to 16000")]
    TooLong {
        /// As many as it has.
        given: usize,
    },
    /// NaN or infinity.
    #[error("the number at position {position} of the vector, counted from 0, is not finite")]
    NotFinite {
        /// Where the first one is, counted from 0.
        position: usize,
    },
    /// A vector of another space.
    #[error("the vector has {given} dimensions, the space {wanted}")]
    Dimensions {
        /// As many as the space has.
        wanted: usize,
        /// As many as the vector has.
        given: usize,
    },
    /// A vector of zeros has no angle to anything.
    #[error("a vector of zeros has no direction, which the cosine distance goes by")]
    Zero,
    /// A number that half precision has no place for.
    #[error("the number at position {position} of the vector is beyond 65504, the range of a halfvec")]
    TooLarge {
        /// Where the first one is, counted from 0.
        position: usize,
    },
    /// A space that can't be searched.
    #[error("describing the space of vectors: {what} {why}")]
    Space {
        /// The part of the description.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A search for nothing, or for more than one answer should hold.
    #[error("the limit is {given}; it is 1 to {most}")]
    Limit {
        /// What was asked for.
        given: usize,
        /// The most that may be asked for.
        most: usize,
    },
    /// A threshold with which nothing can be compared.
    #[error("the threshold is not a number")]
    Threshold,
    /// The handle has no tenant: work across tenants does not search.
    #[error("searching without a tenant: ask through a tenant's handle")]
    NoTenant,
    /// There are no vectors to draw a sample from.
    #[error("the tenant has no vectors to measure the recall with")]
    NoSample,
    /// The look at a tenant's rows and indexes failed.
    #[error("counting the tenant's vectors and looking for its index")]
    Standing(#[source] Error),
    /// The search itself failed.
    #[error("searching for the nearest vectors")]
    Search(#[source] Error),
    /// A sample could not be drawn.
    #[error("drawing a sample of the tenant's vectors")]
    Draw(#[source] Error),
    /// The role for work across tenants is held to a tenant: what it counts is no ground to drop anything.
    #[error(
        "the role for work across tenants is held by row security and can't count the vectors of all tenants: \
         ask with a role that has BYPASSRLS, without a tenant"
    )]
    Blind,
    /// Tenants can't have indexes of their own here.
    #[error("no index for single tenants can be made: {why}")]
    NotIndexable {
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// The look at all tenants failed.
    #[error("counting the vectors of all tenants")]
    Count(#[source] Error),
    /// The owner of the table could not do its part.
    #[error("{doing}")]
    Maintain {
        /// What was being done, with the names of table and index.
        doing: String,
        /// Why it failed.
        #[source]
        source: Error,
    },
}
