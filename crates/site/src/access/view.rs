//! What signing in, acting for somebody and the staff's accounts show.

use askama::Template;
use kernel::{Date, Moment};

use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine, Link, Section, Tag};

/// A way to sign in.
#[derive(Clone, Debug)]
pub struct ProviderView {
    /// Its name.
    pub name: String,
    /// What it is, and how sure it is of who one is.
    pub detail: String,
    /// Where it begins: a POST where there are people to choose, else a link.
    pub action: String,
    /// The demonstration provider's invented people; empty for a real provider.
    pub people: Vec<Choice>,
}

/// `/sign-in`
#[derive(Clone, Debug, Template)]
#[template(path = "access/sign-in.html")]
pub struct SignInPage {
    /// The frame.
    pub frame: Frame,
    /// The ways to sign in.
    pub providers: Vec<ProviderView>,
    /// Where to go afterwards: a path of this site.
    pub next: String,
    /// What went wrong.
    pub errors: Vec<ErrorLine>,
}

/// `/staff/sign-in`
#[derive(Clone, Debug, Template)]
#[template(path = "access/staff-sign-in.html")]
pub struct StaffSignInPage {
    /// The frame.
    pub frame: Frame,
    /// The name as typed.
    pub name: String,
    /// Where to go afterwards.
    pub next: String,
    /// What went wrong: never whether the name or the password.
    pub errors: Vec<ErrorLine>,
}

/// `/sign-in/link/{token}`: a single-use link is spent by pressing, so that a preview of the address does not spend it.
#[derive(Clone, Debug, Template)]
#[template(path = "access/link.html")]
pub struct LinkPage {
    /// The frame.
    pub frame: Frame,
    /// Whom it signs in.
    pub name: String,
    /// Where the button goes.
    pub action: String,
}

/// A dated mandate.
#[derive(Clone, Debug)]
pub struct MandateView {
    /// For whom.
    pub party: String,
    /// For what.
    pub scope: String,
    /// Its last day.
    pub until: Date,
}

/// `/me/acting`
#[derive(Clone, Debug, Template)]
#[template(path = "access/acting.html")]
pub struct ActingPage {
    /// The frame.
    pub frame: Frame,
    /// Oneself and those one may act for.
    pub choices: Vec<Choice>,
    /// The mandates behind them.
    pub mandates: Vec<MandateView>,
}

/// A staff account.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Its login name.
    pub login: String,
    /// Whose it is.
    pub name: String,
    /// Role, agency, region, items: one line a scope.
    pub scopes: Vec<String>,
    /// Active, closed.
    pub tag: Tag,
    /// When it was last used.
    pub seen_at: Option<Moment>,
    /// What may be done with it (each a POST).
    pub actions: Vec<Link>,
}

/// `/staff/accounts`
#[derive(Clone, Debug, Template)]
#[template(path = "access/accounts.html")]
pub struct AccountsPage {
    /// The frame.
    pub frame: Frame,
    /// The accounts.
    pub accounts: Vec<AccountRow>,
    /// The form for a new one.
    pub sections: Vec<Section>,
    /// What was wrong with it.
    pub errors: Vec<ErrorLine>,
}
