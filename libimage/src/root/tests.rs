//! The same path cases on both resolvers, and a race against both.
