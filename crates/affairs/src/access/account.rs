//! Accounts: what a session belongs to. A citizen's hangs on a party; an officer's has a login name, a post and a place.

use kernel::{Id, Moment};

/// Whose account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountKind {
    /// A person recognised by an identity provider.
    Citizen,
    /// An officer.
    Staff,
}

/// Whether it may be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountStatus {
    /// It may.
    Active,
    /// It may not; its sessions are dead. Accounts are never deleted: their acts keep a name.
    Disabled,
}

impl AccountKind {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Staff => "staff",
        }
    }

    /// Reads [`AccountKind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Citizen, Self::Staff].into_iter().find(|k| k.word() == word)
    }
}

impl AccountStatus {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// Reads [`AccountStatus::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|s| s.word() == word)
    }
}

/// An account as the room keeps it. The password's hash never leaves the room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Its id.
    pub id: Id,
    /// Citizen or staff.
    pub kind: AccountKind,
    /// The citizen's party.
    pub party: Option<Id>,
    /// The officer's login name.
    pub login: Option<String>,
    /// The officer's name; of a citizen it stands in the party.
    pub name: String,
    /// The officer's post.
    pub post: String,
    /// The officer's agency.
    pub agency: String,
    /// The officer's region (code).
    pub region: String,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// When the password was set; `None`: the first sign-in is still to come.
    pub password_at: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    pub(super) shard: String,
    pub(super) version: i64,
    pub(super) epoch: i64,
    pub(super) password: Option<String>,
}
