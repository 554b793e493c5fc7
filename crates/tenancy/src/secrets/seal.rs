//! Sealing and opening bytes, text, JSON and embeddings.

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{data_key::TenantKeys, error::SecretsError, format::Kind, place::Place};

impl TenantKeys {
    /// Seals bytes.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::Column;
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const SCAN: Column = Column::new("users", "scan_sealed");
    /// let place = SCAN.at(7_i64);
    /// // The nonce differs each time: whoever reads the table can't tell that two values are equal.
    /// assert_ne!(keys.seal_bytes(&place, b"\x89PNG")?, keys.seal_bytes(&place, b"\x89PNG")?);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::TooLong`], [`SecretsError::WornOut`], [`SecretsError::Unwrap`], [`SecretsError::Key`] without
    /// random numbers.
    pub fn seal_bytes(&self, place: &Place, bytes: &[u8]) -> Result<Vec<u8>, SecretsError> {
        self.seal(place, Kind::Bytes, bytes)
    }

    /// Opens what [`TenantKeys::seal_bytes`] gave.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const SCAN: Column = Column::new("users", "scan_sealed");
    /// let place = SCAN.at(7_i64);
    /// let sealed = keys.seal_bytes(&place, b"\x89PNG")?;
    /// assert_eq!(keys.open_bytes(&place, &sealed)?, b"\x89PNG");
    /// let cut_off = keys.open_bytes(&place, &sealed[..30]);
    /// assert!(matches!(cut_off, Err(SecretsError::Truncated { bytes: 30, least: 51, .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError`], by what is wrong with the value.
    pub fn open_bytes(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, SecretsError> {
        self.open(place, Kind::Bytes, sealed)
    }

    /// Seals a text. It may hold NUL, which a text column may not.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::Column;
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const NOTE: Column = Column::new("users", "note_sealed");
    /// let place = NOTE.at(7_i64);
    /// let sealed = keys.seal_text(&place, "before\0after")?;
    /// assert_eq!(keys.open_text(&place, &sealed)?, "before\0after");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`TenantKeys::seal_bytes`].
    pub fn seal_text(&self, place: &Place, text: &str) -> Result<Vec<u8>, SecretsError> {
        self.seal(place, Kind::Text, text.as_bytes())
    }

    /// Opens what [`TenantKeys::seal_text`] gave.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const PHONE: Column = Column::new("users", "phone_sealed");
    /// let sealed = keys.seal_text(&PHONE.at(7_i64), "+49 30 1234567")?;
    /// assert_eq!(keys.open_text(&PHONE.at(7_i64), &sealed)?, "+49 30 1234567");
    /// assert!(matches!(keys.open_text(&PHONE.at(8_i64), &sealed), Err(SecretsError::Refused { .. })));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const PROFILE: Column = Column::new("users", "profile_sealed");
    /// let place = PROFILE.at(7_i64);
    /// assert!(keys.seal_json(&place, &BTreeMap::from([("city", "Kyiv")])).is_ok());
    /// let no_texts = BTreeMap::from([((50, 30), "Kyiv")]);
    /// assert!(matches!(keys.seal_json(&place, &no_texts), Err(SecretsError::NoJson { .. })));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const SCORES: Column = Column::new("users", "scores_sealed");
    /// let place = SCORES.at(7_i64);
    /// let sealed = keys.seal_json(&place, &[3, 5, 8])?;
    /// assert_eq!(keys.open_json::<Vec<u32>>(&place, &sealed)?, [3, 5, 8]);
    /// let other = keys.open_json::<Vec<String>>(&place, &sealed);
    /// assert!(matches!(other, Err(SecretsError::Content { line: 1, .. })));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// # use freehold_tenancy::secrets::{Column, OVERHEAD, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const FACE: Column = Column::new("faces", "embedding_sealed");
    /// let place = FACE.at(7_i64);
    /// assert_eq!(keys.seal_embedding(&place, &[0.1, 0.2, 0.3])?.len(), 3 * 4 + OVERHEAD);
    /// let broken = keys.seal_embedding(&place, &[0.1, f32::NAN, 0.3]);
    /// assert!(matches!(broken, Err(SecretsError::NotFinite { at: 1, .. })));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// # const FACE: Column = Column::new("faces", "embedding_sealed");
    /// let place = FACE.at(7_i64);
    /// let sealed = keys.seal_embedding(&place, &[0.1, 0.2, 0.3])?;
    /// assert_eq!(keys.open_embedding(&place, &sealed, 3)?, [0.1, 0.2, 0.3]);
    /// let other_model = keys.open_embedding(&place, &sealed, 512);
    /// assert!(matches!(other_model, Err(SecretsError::Dimensions { dimensions: 3, wanted: 512, .. })));
    /// # Ok(())
    /// # });
    /// ```
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
