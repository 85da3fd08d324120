//! Whole-product stories live in this package's test files, one a room.
