//! Enumerations whose values stand in tables, forms and the API as words.

/// Gives an enumeration of plain values its words: `ALL`, `word` and `from_word`.
///
/// ```
/// #[derive(Clone, Copy, PartialEq, Debug)]
/// enum Colour { Yellow, Red }
/// kernel::words!(Colour { Yellow = "yellow", Red = "red" });
/// assert_eq!(Colour::Red.word(), "red");
/// assert_eq!(Colour::from_word("yellow"), Some(Colour::Yellow));
/// assert_eq!(Colour::from_word("green"), None);
/// assert_eq!(Colour::ALL.len(), 2);
/// ```
#[macro_export]
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in tables, forms and the API.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word back; none where no value has it.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.word() == word)
            }
        }
    };
}
