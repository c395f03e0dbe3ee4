//! Files that are not what they seem, through the whole check.
