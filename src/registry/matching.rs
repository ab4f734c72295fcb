//! Whether an entry answers a question, and which part of the filter refused it.
