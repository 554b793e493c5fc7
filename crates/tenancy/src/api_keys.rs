//! Keys by which programs call a service.
