//! Every known key, once: feeds reading, messages and later the schemas.
