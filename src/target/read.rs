//! A target file (YAML or JSON) → [`super::Target`] values.
