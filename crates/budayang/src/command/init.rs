//! `budayang init`: a new office in production: keys, database, catalogue, and the first administrator.
//! `budayang staff-link`: another link for somebody who lost his.

use affairs::access::{self, Actor, EVERY, LinkPurpose, NewStaff, Role, Scope};
use affairs::approval::Setting;
use affairs::catalog::Files;
use anyhow::{Context as _, ensure};
use clap::Args;
use evidence::key::{Cost, PublicKey};
use kernel::Clock as _;
use serde_json::json;
use store::Store;

use super::Answer;
use super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::office::{self, Home, Identity, Keys};
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    house: House,
    #[command(flatten)]
    unlock: Unlock,
    /// The name under which the office signs for ever, such as log.gx.gov.cn.
    #[arg(long, value_name = "NAME")]
    origin: String,
    /// The home shard: small letters, digits and hyphens, such as gx.
    #[arg(long, value_name = "NAME")]
    shard: String,
    /// The region for which it issues licences (division code).
    #[arg(long, value_name = "CODE")]
    region: String,
    /// The agency whose seal stands on licences, as the trust list names it.
    #[arg(long, value_name = "AGENCY")]
    issuer: String,
    /// Login name of the first administrator.
    #[arg(long, value_name = "LOGIN", default_value = "admin")]
    admin: String,
    /// The first administrator's name.
    #[arg(long, value_name = "NAME")]
    admin_name: String,
}

#[derive(Args, Debug)]
pub(super) struct StaffLink {
    #[command(flatten)]
    house: House,
    #[command(flatten)]
    unlock: Unlock,
    /// The officer's login name.
    login: String,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let now = door.clock.now();
    let identity = Identity {
        setting: Setting::Production,
        origin: arguments.origin.clone(),
        shard: arguments.shard.clone(),
        region: arguments.region.clone(),
        issuer: arguments.issuer.clone(),
        created_at: now,
    };
    let passphrase = match &arguments.unlock.passphrase_file {
        Some(file) => house::read_passphrase(file, Some(&arguments.house.data))?,
        None => door.passphrase().context(
            "an office's keys need a passphrase: name a file with it (--passphrase-file), or set BUDAYANG_PASSPHRASE",
        )?,
    };
    let home = Home::new(&arguments.house.data, identity)?;
    let keys = Keys::create(&home, &passphrase, Cost::STANDARD, &door.entropy)?;
    let public = office::public_keys(&home)?;
    let link = door.block_on(furnish(&home, keys, arguments, door))?;
    home.write_page()?;
    tell(&home, (&public.log, &public.licence), (&arguments.admin, &link), output)?;
    Ok(Answer::Yes)
}

async fn furnish(home: &Home, keys: Keys, arguments: &Arguments, door: &FrontDoor) -> anyhow::Result<String> {
    let machine = door.machine();
    Store::migrate(&home.location()).await?;
    let (signer, ..) = keys.into_signers(&home.identity);
    let store = office::open_store(home, &machine, Some(signer)).await?;
    let desk = house::desk(home, &store, &machine);
    office::furnish(&desk, &Files::seed()).await?;
    let new = NewStaff {
        login: arguments.admin.clone(),
        name: arguments.admin_name.clone(),
        post: "系统管理员".to_owned(),
        agency: arguments.issuer.clone(),
        region: arguments.region.clone(),
    };
    let (account, token) = access::staff::create(&desk, &Actor::Machine, &new).await?;
    let every = || EVERY.to_owned();
    let scope = Scope { role: Role::Administrator, agency: every(), region: every(), item: every() };
    access::staff::grant_scope(&desk, &Actor::Machine, account.id, &scope).await?;
    store.close().await;
    Ok(format!("/sign-in/link/{}", token.reveal()))
}

fn tell(
    home: &Home,
    (log, licence): (&[PublicKey], &PublicKey),
    (admin, link): (&str, &str),
    output: &mut Output<'_>,
) -> anyhow::Result<()> {
    if output.asked() == Some(Format::Json) {
        let log: Vec<_> = log.iter().map(ToString::to_string).collect();
        return output.json(&json!({
            "data": home.folder, "log": home.identity.log(), "log_keys": log, "licence_key": licence.to_string(),
            "admin": admin, "link": link,
        }));
    }
    let keys: Vec<_> = log.iter().chain([licence]).map(|key| format!("  {key}")).collect();
    output.line(format!(
        "The office {} is made in {}.\n\n\
         Keep safe, apart from each other: the folder {} and its passphrase. Without either nothing can be signed again.\n\
         Publish, so that anybody can check the log and the licences:\n{}\n\n\
         Next: write a configuration (`budayang serve --print-config > budayang.toml`), start `budayang serve`, and within\n\
         fifteen minutes open this page as {admin} to choose a password (it works once; `budayang staff-link {admin}` makes another):\n  \
         {link}",
        home.identity.log(),
        home.folder.display(),
        home.keys().display(),
        keys.join("\n"),
    ))?;
    Ok(())
}

pub(super) fn staff_link(arguments: &StaffLink, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let link = door.block_on(async {
        let (home, store) = arguments.house.writer(&arguments.unlock, door).await?;
        let machine = door.machine();
        let desk = house::desk(&home, &store, &machine);
        let account = access::staff::by_login(&store, &arguments.login).await?;
        let account = account.with_context(|| format!("there is no officer {:?}", arguments.login))?;
        ensure!(account.login.is_some(), "{:?} is no officer", arguments.login);
        let token = access::sign_in::issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SetPassword).await?;
        store.close().await;
        Ok(format!("/sign-in/link/{}", token.reveal()))
    })?;
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "login": arguments.login, "link": link }))?,
        _ => output.line(link)?,
    }
    Ok(Answer::Yes)
}
