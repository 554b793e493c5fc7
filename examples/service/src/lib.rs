//! What the example services share: their own servers, the start, answers to errors.
