//! Sealing and opening bytes, text, JSON and embeddings.

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{data_key::TenantKeys, error::SecretsError, format::Kind, place::Place};

impl TenantKeys {
    /// Seals bytes.
    ///
    /// # Errors
    /// [`SecretsError::TooLong`], [`SecretsError::WornOut`], [`SecretsError::Unwrap`], [`SecretsError::Key`] without
    /// random numbers.
    pub fn seal_bytes(&self, place: &Place, bytes: &[u8]) -> Result<Vec<u8>, SecretsError> {
        self.seal(place, Kind::Bytes, bytes)
    }

    /// Opens what [`TenantKeys::seal_bytes`] gave.
    ///
    /// # Errors
    /// [`SecretsError`], by what is wrong with the value.
    pub fn open_bytes(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, SecretsError> {
        self.open(place, Kind::Bytes, sealed)
    }

    /// Seals a text. It may hold NUL, which a text column may not.
    ///
    /// # Errors
    /// As [`TenantKeys::seal_bytes`].
    pub fn seal_text(&self, place: &Place, text: &str) -> Result<Vec<u8>, SecretsError> {
        self.seal(place, Kind::Text, text.as_bytes())
    }

    /// Opens what [`TenantKeys::seal_text`] gave.
    ///
    /// # Errors
    /// As [`TenantKeys::open_bytes`].
    pub fn open_text(&self, place: &Place, sealed: &[u8]) -> Result<String, SecretsError> {
        String::from_utf8(self.open(place, Kind::Text, sealed)?).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            SecretsError::Content { column: place.column.clone(), wanted: "text", line: 0, at: 0 }
        })
    }

    /// Seals a value as JSON.
    ///
    /// # Errors
    /// [`SecretsError::NoJson`] for a value that has no JSON (a map whose keys are no texts), and as
    /// [`TenantKeys::seal_bytes`].
    pub fn seal_json<T: Serialize + ?Sized>(
        &self,
        place: &Place,
        value: &T,
    ) -> Result<Vec<u8>, SecretsError> {
        // The writer's messages may quote the value, so they are not passed on.
        let json =
            serde_json::to_vec(value).map_err(|_| SecretsError::NoJson { column: place.column.clone() })?;
        self.seal(place, Kind::Json, &Zeroizing::new(json))
    }

    /// Opens what [`TenantKeys::seal_json`] gave.
    ///
    /// # Errors
    /// [`SecretsError::Content`] when the JSON is no `T`, and as [`TenantKeys::open_bytes`].
    pub fn open_json<T: DeserializeOwned>(&self, place: &Place, sealed: &[u8]) -> Result<T, SecretsError> {
        let json = Zeroizing::new(self.open(place, Kind::Json, sealed)?);
        // The reader's messages may quote the value; where it stopped says enough.
        serde_json::from_slice(&json).map_err(|error| SecretsError::Content {
            column: place.column.clone(),
            wanted: std::any::type_name::<T>(),
            line: error.line(),
            at: error.column(),
        })
    }

    /// Seals an embedding: 4 bytes a dimension, exactly.
    ///
    /// # Errors
    /// [`SecretsError::NotFinite`] for NaN and infinity, and as [`TenantKeys::seal_bytes`].
    pub fn seal_embedding(&self, place: &Place, embedding: &[f32]) -> Result<Vec<u8>, SecretsError> {
        if let Some(at) = embedding.iter().position(|x| !x.is_finite()) {
            return Err(SecretsError::NotFinite { column: place.column.clone(), at });
        }
        let bytes: Vec<u8> = embedding.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.seal(place, Kind::Embedding, &Zeroizing::new(bytes))
    }

    /// Opens what [`TenantKeys::seal_embedding`] gave, if it has this many dimensions.
    ///
    /// # Errors
    /// [`SecretsError::Dimensions`], and as [`TenantKeys::open_bytes`].
    pub fn open_embedding(
        &self,
        place: &Place,
        sealed: &[u8],
        dimensions: usize,
    ) -> Result<Vec<f32>, SecretsError> {
        let bytes = Zeroizing::new(self.open(place, Kind::Embedding, sealed)?);
        let (floats, rest) = bytes.as_chunks::<4>();
        if floats.len() != dimensions || !rest.is_empty() {
            return Err(SecretsError::Dimensions {
                column: place.column.clone(),
                dimensions: floats.len(),
                wanted: dimensions,
            });
        }
        Ok(floats.iter().map(|float| f32::from_le_bytes(*float)).collect())
    }
}
