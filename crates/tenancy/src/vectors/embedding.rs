//! Vectors that were looked at before they go anywhere.

use std::{error::Error as StdError, fmt};

use bytes::BytesMut;
use half::f16;
use pgvector::{HalfVector, Vector};
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::vectors::VectorError;

/// A vector of finite numbers.
///
/// It is bound to and read from columns of both of pgvector's types, `vector` and `halfvec`, in their binary form.
/// `Debug` shows the number of dimensions alone: a face's vector is a person's.
///
/// ```
/// use freehold_tenancy::vectors::{Embedding, VectorError};
///
/// let three = Embedding::new(vec![0.1, 0.2, 0.3])?;
/// assert_eq!(three.dimensions(), 3);
/// assert!(matches!(Embedding::new(vec![0.1, f32::NAN]), Err(VectorError::NotFinite { position: 1 })));
/// # Ok::<(), VectorError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// The most dimensions that pgvector stores.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Embedding, VectorError};
    /// let long = vec![0.5; Embedding::MOST_DIMENSIONS + 1];
    /// assert!(matches!(Embedding::new(long), Err(VectorError::TooLong { given: 16_001 })));
    /// ```
    pub const MOST_DIMENSIONS: usize = 16_000;

    /// A vector, if all its numbers are finite.
    ///
    /// # Errors
    /// [`VectorError::Empty`] without numbers, [`VectorError::TooLong`] for more than [`Embedding::MOST_DIMENSIONS`],
    /// [`VectorError::NotFinite`] for NaN and infinity.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Embedding, VectorError};
    /// assert!(Embedding::new(vec![0.6, 0.8]).is_ok());
    /// assert!(matches!(Embedding::new(vec![]), Err(VectorError::Empty)));
    /// assert!(matches!(Embedding::new(vec![f32::INFINITY]), Err(VectorError::NotFinite { position: 0 })));
    /// ```
    pub fn new(values: Vec<f32>) -> Result<Self, VectorError> {
        if values.is_empty() {
            return Err(VectorError::Empty);
        }
        if values.len() > Self::MOST_DIMENSIONS {
            return Err(VectorError::TooLong { given: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(position) => Err(VectorError::NotFinite { position }),
            None => Ok(Self(values)),
        }
    }

    /// How many numbers it has.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Embedding, VectorError};
    /// assert_eq!(Embedding::new(vec![0.6, 0.8])?.dimensions(), 2);
    /// # Ok::<(), VectorError>(())
    /// ```
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// Its numbers.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Embedding, VectorError};
    /// assert_eq!(Embedding::new(vec![0.6, 0.8])?.as_slice(), [0.6, 0.8]);
    /// # Ok::<(), VectorError>(())
    /// ```
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// The same vector in half precision, as it is stored in a `halfvec`.
    ///
    /// # Errors
    /// [`VectorError::TooLarge`] when a number is beyond the range of sixteen bits (65,504).
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Embedding, VectorError};
    /// let half = Embedding::new(vec![0.5, 0.1])?.to_half()?;
    /// assert_eq!(half.as_slice()[0].to_f32(), 0.5);
    /// assert_ne!(half.as_slice()[1].to_f32(), 0.1, "sixteen bits have no exact tenth");
    /// let large = Embedding::new(vec![0.5, 70_000.0])?.to_half();
    /// assert!(matches!(large, Err(VectorError::TooLarge { position: 1 })));
    /// # Ok::<(), VectorError>(())
    /// ```
    pub fn to_half(&self) -> Result<HalfVector, VectorError> {
        let halves: Vec<f16> = self.0.iter().map(|value| f16::from_f32(*value)).collect();
        match halves.iter().position(|value| value.is_infinite()) {
            Some(position) => Err(VectorError::TooLarge { position }),
            None => Ok(HalfVector::from(halves)),
        }
    }

    /// Whether it has no direction, in full or in half precision.
    pub(crate) fn is_zero(&self, half: bool) -> bool {
        self.0.iter().all(|value| if half { f16::from_f32(*value).to_f32() == 0.0 } else { *value == 0.0 })
    }
}

impl TryFrom<Vec<f32>> for Embedding {
    type Error = VectorError;

    fn try_from(values: Vec<f32>) -> Result<Self, VectorError> {
        Self::new(values)
    }
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedding({} dimensions)", self.0.len())
    }
}

impl ToSql for Embedding {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match ty.name() {
            "halfvec" => self.to_half()?.to_sql(ty, out),
            _ => Vector::from(self.0.clone()).to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        <Vector as ToSql>::accepts(ty) || <HalfVector as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Embedding {
    /// pgvector's own reader takes the length on trust, so it is compared here first.
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        let half = ty.name() == "halfvec";
        let width = if half { 2 } else { 4 };
        let dimensions = match raw {
            [high, low, _, _, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err("a vector begins with its dimensions".into()),
        };
        if raw.len() != 4 + dimensions * width {
            return Err("a vector is not as long as it says".into());
        }
        let values = if half {
            HalfVector::from_sql(ty, raw)?.to_vec().into_iter().map(f16::to_f32).collect()
        } else {
            Vector::from_sql(ty, raw)?.into()
        };
        Ok(Self::new(values)?)
    }

    fn accepts(ty: &Type) -> bool {
        <Vector as FromSql>::accepts(ty) || <HalfVector as FromSql>::accepts(ty)
    }
}

#[cfg(test)]
mod tests {
    use postgres_types::Kind;
    use proptest::prelude::*;

    use super::*;

    fn of(name: &str) -> Type {
        Type::new(name.to_owned(), 90_000, Kind::Simple, "public".to_owned())
    }

    #[test]
    fn what_is_not_finite_is_refused_and_its_neighbour_is_not() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(matches!(
                Embedding::new(vec![1.0, 2.0, bad]),
                Err(VectorError::NotFinite { position: 2 })
            ));
        }
        assert!(Embedding::new(vec![1.0, 2.0, f32::MAX]).is_ok());
        assert!(matches!(Embedding::new(Vec::new()), Err(VectorError::Empty)));
        assert!(matches!(Embedding::new(vec![0.5; 16_001]), Err(VectorError::TooLong { given: 16_001 })));
        assert!(Embedding::new(vec![0.5; 16_000]).is_ok());
    }

    #[test]
    fn half_precision_has_a_smaller_range() {
        assert!(Embedding::new(vec![65_504.0]).unwrap().to_half().is_ok());
        let over = Embedding::new(vec![0.0, 65_520.0]).unwrap();
        assert!(matches!(over.to_half(), Err(VectorError::TooLarge { position: 1 })));
        assert!(over.to_sql(&of("halfvec"), &mut BytesMut::new()).is_err());
        assert!(over.to_sql(&of("vector"), &mut BytesMut::new()).is_ok());
        let tiny = Embedding::new(vec![1e-9, 0.0]).unwrap();
        assert!(tiny.is_zero(true) && !tiny.is_zero(false));
    }

    #[test]
    fn debug_shows_no_number() {
        assert_eq!(format!("{:?}", Embedding::new(vec![0.25; 4]).unwrap()), "Embedding(4 dimensions)");
    }

    proptest! {
        #[test]
        fn both_binary_forms_are_read_as_written(values in proptest::collection::vec(-1000.0_f32..1000.0, 1..40)) {
            let embedding = Embedding::new(values).unwrap();
            let mut out = BytesMut::new();
            embedding.to_sql(&of("vector"), &mut out).unwrap();
            prop_assert_eq!(&Embedding::from_sql(&of("vector"), &out).unwrap(), &embedding);
            let mut out = BytesMut::new();
            embedding.to_sql(&of("halfvec"), &mut out).unwrap();
            let read = Embedding::from_sql(&of("halfvec"), &out).unwrap();
            for (value, half) in embedding.as_slice().iter().zip(read.as_slice()) {
                prop_assert!((value - half).abs() <= value.abs() / 1024.0 + 1e-6);
            }
        }

        #[test]
        fn no_bytes_make_reading_fall_over(raw in proptest::collection::vec(any::<u8>(), 0..64)) {
            for ty in [of("vector"), of("halfvec")] {
                if let Ok(read) = Embedding::from_sql(&ty, &raw) {
                    prop_assert!(read.as_slice().iter().all(|value| value.is_finite()));
                }
            }
        }
    }
}
