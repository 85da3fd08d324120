//! What signing in, acting for somebody and the staff's accounts show.

use askama::Template;
use kernel::{Date, Moment};

use crate::frame::Frame;
use crate::pieces::{Choice, ErrorLine, EventView, Link, Section, Tag};

/// A way to sign in.
#[derive(Clone, Debug)]
pub struct ProviderView {
    /// Its name.
    pub name: String,
    /// Whether it recognises invented people: begun at the server's console, not here.
    pub demonstration: bool,
    /// Where a real one begins.
    pub action: String,
}

/// `/sign-in`
#[derive(Clone, Debug, Template)]
#[template(path = "access/sign-in.html")]
pub struct SignInPage {
    /// The frame.
    pub frame: Frame,
    /// The ways to sign in.
    pub providers: Vec<ProviderView>,
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
    /// What it carries, hidden.
    pub fields: Vec<(&'static str, String)>,
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
    /// Whether the mandate one acted under has just ended.
    pub ended: bool,
    /// The item that waits for the choice: its id, and what it asks of an applicant.
    pub waiting: Option<Link>,
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
    /// When its password was set.
    pub password_at: Option<Moment>,
    /// Its page.
    pub href: String,
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

/// A row of rights.
#[derive(Clone, Debug)]
pub struct ScopeRow {
    /// As what.
    pub role: String,
    /// Where: the agency with all below it.
    pub agency: String,
    /// Where: the region with all in it.
    pub region: String,
    /// For which item.
    pub item: String,
    /// The row as a form sends it.
    pub fields: Vec<(&'static str, String)>,
}

/// `/staff/accounts/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "access/account.html")]
pub struct AccountPage {
    /// The frame.
    pub frame: Frame,
    /// The login name.
    pub login: String,
    /// Whose it is.
    pub name: String,
    /// The officer's post.
    pub post: String,
    /// The officer's agency.
    pub agency: String,
    /// The officer's region.
    pub region: String,
    /// Active, closed.
    pub tag: Tag,
    /// When the password was set.
    pub password_at: Option<Moment>,
    /// Whether it is the reader's own: rights of one's own are not changed.
    pub own: bool,
    /// What may be done with it (each a POST).
    pub actions: Vec<Link>,
    /// The rows of rights.
    pub scopes: Vec<ScopeRow>,
    /// Where a row is taken back.
    pub revoke: String,
    /// Where a new one is sent.
    pub grant: String,
    /// The form for a new one.
    pub sections: Vec<Section>,
    /// What was wrong with it.
    pub errors: Vec<ErrorLine>,
    /// What was done to the account, newest first.
    pub events: Vec<EventView>,
}

/// The page that shows a link to set a password, once.
#[derive(Clone, Debug, Template)]
#[template(path = "access/account-link.html")]
pub struct AccountLinkPage {
    /// The frame.
    pub frame: Frame,
    /// For whom.
    pub name: String,
    /// The link.
    pub link: String,
    /// Where to go on.
    pub back: String,
}

/// Days on which somebody is away.
#[derive(Clone, Debug)]
pub struct AwayRow {
    /// Who.
    pub who: String,
    /// The first day.
    pub from: kernel::Date,
    /// The last day.
    pub to: kernel::Date,
    /// Who stands in; may be empty.
    pub deputy: String,
    /// Why; may be empty.
    pub reason: String,
    /// Where it is ended.
    pub end: String,
}

/// Somebody about whom the officer may not decide.
#[derive(Clone, Debug)]
pub struct TieRow {
    /// What binds them.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The code, masked.
    pub code: String,
}

/// `/staff/roster`
#[derive(Clone, Debug, Template)]
#[template(path = "access/roster.html")]
pub struct RosterPage {
    /// The frame.
    pub frame: Frame,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Who is away, his own first.
    pub away: Vec<AwayRow>,
    /// The form that says when somebody is away.
    pub away_form: Vec<Section>,
    /// About whom he may not decide.
    pub ties: Vec<TieRow>,
    /// The form that declares one.
    pub tie_form: Vec<Section>,
}
