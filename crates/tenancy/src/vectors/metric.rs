//! How far two vectors are apart.

/// The distance that a search goes by.
///
/// ```
/// use freehold_tenancy::vectors::Metric;
///
/// assert_eq!(Metric::Cosine.operator(), "<=>");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// 1 minus the cosine of the angle: 0 (same direction) to 2. A vector of zeros has no direction and is refused.
    Cosine,
    /// The Euclidean distance, 0 and more.
    L2,
    /// The inner product, negated, so that here too less is nearer.
    InnerProduct,
}

impl Metric {
    /// pgvector's operator.
    ///
    /// ```
    /// use freehold_tenancy::vectors::Metric;
    ///
    /// let operators = [Metric::Cosine, Metric::L2, Metric::InnerProduct].map(Metric::operator);
    /// assert_eq!(operators, ["<=>", "<->", "<#>"]);
    /// ```
    pub fn operator(self) -> &'static str {
        match self {
            Self::Cosine => "<=>",
            Self::L2 => "<->",
            Self::InnerProduct => "<#>",
        }
    }

    /// pgvector's operator class for an index over a column of this precision.
    pub(crate) fn operator_class(self, half: bool) -> &'static str {
        match (self, half) {
            (Self::Cosine, false) => "vector_cosine_ops",
            (Self::Cosine, true) => "halfvec_cosine_ops",
            (Self::L2, false) => "vector_l2_ops",
            (Self::L2, true) => "halfvec_l2_ops",
            (Self::InnerProduct, false) => "vector_ip_ops",
            (Self::InnerProduct, true) => "halfvec_ip_ops",
        }
    }
}
