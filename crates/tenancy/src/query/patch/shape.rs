//! What a document has to be like.

use std::{fmt, io, marker::PhantomData};

use jsonschema::Validator;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a document is not what a column holds. Never a value of it.
///
/// ```
/// # use serde_json::json;
/// use freehold_tenancy::query::{Shape, ShapeError};
///
/// let refused = Shape::<Vec<u32>>::new().check(&json!([1, "two"])).unwrap_err();
/// let (at, rule) = ("/1".to_owned(), "/items/type".to_owned());
/// assert_eq!(refused, ShapeError::Rule { at, rule });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// It has too many bytes.
    #[error("it has more than {most} bytes")]
    TooLarge {
        /// As many may be.
        most: usize,
    },
    /// It is nested too deeply.
    #[error("it is nested more than {most} deep")]
    TooDeep {
        /// As deep may be.
        most: usize,
    },
    /// It violates a rule of the type's schema.
    #[error("at {at:?} the rule {rule:?} is not met")]
    Rule {
        /// Where, as a JSON pointer; at most 200 bytes of it.
        at: String,
        /// Where the rule is in the schema, as a JSON pointer.
        rule: String,
    },
    /// The schema takes it, and the type can't be read from it.
    #[error("it can't be read as {ty}")]
    Type {
        /// The Rust type.
        ty: &'static str,
    },
}

/// What documents of the type `P` have to be like: its JSON Schema, and bounds on size and depth.
///
/// The schema is made from the type by [`schemars`], with all its rules: `#[schemars(range(...))]`, `length`, `pattern`.
/// Members that the type does not know are refused where it says `#[serde(deny_unknown_fields)]`.
///
/// ```
/// use freehold_tenancy::query::{Shape, ShapeError};
/// use serde_json::json;
///
/// #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
/// struct Settings {
///     #[schemars(range(min = 1, max = 100))]
///     rows: u32,
/// }
///
/// let shape = Shape::<Settings>::new().most_bytes(1_000);
/// assert_eq!(shape.check(&json!({"rows": 20}))?.rows, 20);
/// let refused = shape.check(&json!({"rows": 200})).unwrap_err();
/// assert_eq!(refused.to_string(), r#"at "/rows" the rule "/properties/rows/maximum" is not met"#);
/// # Ok::<(), ShapeError>(())
/// ```
pub struct Shape<P> {
    /// Nothing, where the type's schema is no schema: then no document is taken.
    validator: Option<Validator>,
    schema: Value,
    most_bytes: usize,
    deepest: usize,
    of: PhantomData<fn() -> P>,
}

impl<P: JsonSchema> Default for Shape<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: JsonSchema> Shape<P> {
    /// The type's schema; at most 1 MiB, at most 32 deep. Making it takes a while: make one and keep it.
    ///
    /// ```
    /// # use serde_json::json;
    /// use freehold_tenancy::query::Shape;
    ///
    /// let shape = Shape::<Vec<u32>>::new();
    /// assert_eq!(shape.check(&json!([1, 2])), Ok(vec![1, 2]));
    /// assert!(shape.check(&json!([-1])).is_err());
    /// ```
    pub fn new() -> Self {
        let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<P>().to_value();
        let validator = jsonschema::validator_for(&schema).ok();
        Self { validator, schema, most_bytes: 1 << 20, deepest: 32, of: PhantomData }
    }

    /// The type's schema, for the documentation of a service.
    ///
    /// ```
    /// use freehold_tenancy::query::Shape;
    ///
    /// let shape = Shape::<Vec<u32>>::new();
    /// assert_eq!(shape.schema()["type"], "array");
    /// assert_eq!(shape.schema()["items"]["minimum"], 0);
    /// ```
    pub fn schema(&self) -> &Value {
        &self.schema
    }
}

impl<P> Shape<P> {
    /// So many bytes of JSON at most.
    ///
    /// ```
    /// # use serde_json::json;
    /// use freehold_tenancy::query::{Shape, ShapeError};
    ///
    /// let shape = Shape::<Vec<u32>>::new().most_bytes(5);
    /// assert!(shape.check(&json!([1, 2])).is_ok(), "[1,2] has five bytes");
    /// assert_eq!(shape.check(&json!([1, 23])), Err(ShapeError::TooLarge { most: 5 }));
    /// ```
    #[must_use]
    pub fn most_bytes(mut self, bytes: usize) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// Nested at most this deep; a number or a text is 0 deep, `{"a": [1]}` is 2. 100 is the deepest that is taken.
    ///
    /// ```
    /// # use serde_json::json;
    /// use freehold_tenancy::query::{Shape, ShapeError};
    ///
    /// let shape = Shape::<serde_json::Value>::new().deepest(2);
    /// assert!(shape.check(&json!({"a": [1]})).is_ok());
    /// assert_eq!(shape.check(&json!({"a": [[1]]})), Err(ShapeError::TooDeep { most: 2 }));
    /// ```
    #[must_use]
    pub fn deepest(mut self, depth: usize) -> Self {
        self.deepest = depth.min(100);
        self
    }

    /// Whether it is neither too large nor too deep.
    pub(crate) fn bounds(&self, document: &Value) -> Result<(), ShapeError> {
        if is_deeper(document, self.deepest) {
            return Err(ShapeError::TooDeep { most: self.deepest });
        }
        let counted = serde_json::to_writer(Count { left: self.most_bytes }, document);
        counted.map_err(|_| ShapeError::TooLarge { most: self.most_bytes })
    }

    /// The document as the type, if it is what it has to be.
    ///
    /// # Errors
    /// As [`ShapeError`] says; of several rules that are not met, one.
    ///
    /// ```
    /// # use serde_json::json;
    /// use freehold_tenancy::query::{Shape, ShapeError};
    ///
    /// let shape = Shape::<(String, u8)>::new();
    /// assert_eq!(shape.check(&json!(["rows", 20])), Ok(("rows".to_owned(), 20)));
    /// assert!(matches!(shape.check(&json!(["rows", 256])), Err(ShapeError::Rule { .. })));
    /// ```
    pub fn check(&self, document: &Value) -> Result<P, ShapeError>
    where
        P: DeserializeOwned,
    {
        self.bounds(document)?;
        let ty = std::any::type_name::<P>();
        let Some(validator) = &self.validator else { return Err(ShapeError::Type { ty }) };
        if let Err(broken) = validator.validate(document) {
            let mut at = broken.instance_path().to_string();
            at.truncate(at.floor_char_boundary(200));
            return Err(ShapeError::Rule { at, rule: broken.schema_path().to_string() });
        }
        P::deserialize(document).map_err(|_| ShapeError::Type { ty })
    }
}

fn is_deeper(document: &Value, most: usize) -> bool {
    let inner = |value: &Value| most == 0 || is_deeper(value, most - 1);
    match document {
        Value::Array(values) => most == 0 || values.iter().any(inner),
        Value::Object(members) => most == 0 || members.values().any(inner),
        _ => false,
    }
}

/// Counts bytes down and keeps none.
struct Count {
    left: usize,
}

impl io::Write for Count {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(text.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<P> fmt::Debug for Shape<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape")
            .field("of", &std::any::type_name::<P>())
            .field("most_bytes", &self.most_bytes)
            .field("deepest", &self.deepest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[schemars(length(max = 5), regex(pattern = "^[a-z]*$"))]
        title: String,
        rows: Option<u8>,
        #[serde(default)]
        inner: Vec<Settings>,
    }

    fn rule(document: Value) -> String {
        match Shape::<Settings>::new().check(&document).unwrap_err() {
            ShapeError::Rule { rule, .. } => rule,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_document_of_the_shape_is_taken() {
        let taken =
            Shape::<Settings>::new().check(&json!({"title": "abc", "inner": [{"title": ""}]})).unwrap();
        assert_eq!(taken.inner.len(), 1);
    }

    #[test]
    fn a_document_that_breaks_a_rule_names_it() {
        assert_eq!(rule(json!({"title": "abcdef"})), "/properties/title/maxLength");
        assert_eq!(rule(json!({"title": "ABC"})), "/properties/title/pattern");
        assert_eq!(rule(json!({"title": 1})), "/properties/title/type");
        assert_eq!(rule(json!({"title": "a", "rows": 256})), "/properties/rows/maximum");
        assert_eq!(rule(json!({"title": "a", "x": 1})), "/additionalProperties");
        assert_eq!(rule(json!({})), "/required");
        assert_eq!(rule(json!([])), "/type");
    }

    #[test]
    fn bounds_are_exact() {
        let shape = Shape::<Value>::new().most_bytes(10).deepest(2);
        assert!(shape.check(&json!("12345678")).is_ok());
        assert_eq!(shape.check(&json!("123456789")), Err(ShapeError::TooLarge { most: 10 }));
        assert!(shape.check(&json!([[1]])).is_ok());
        assert_eq!(shape.check(&json!([[[]]])), Err(ShapeError::TooDeep { most: 2 }));
    }

    #[test]
    fn no_value_is_in_an_error() {
        let refused = Shape::<Settings>::new().check(&json!({"title": "SECRET"})).unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("SECRET"));
    }
}
