//! The use cases of Freehold and the renderers of reports.
