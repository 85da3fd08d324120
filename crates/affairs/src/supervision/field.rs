//! An inspector where there is no network: his devices with the keys under which drafts lie on them, and what comes from them
//! later: taken once, however often it is sent; where another record was there already, kept beside it.
//!
//! A key is made here and handed to the signed-in session of its owner. From the moment the device is said to be lost the key is no
//! more: nobody reads what lies there, and nothing is taken from it.

pub(super) mod decide;
pub(super) mod record;

use std::collections::BTreeSet;

use kernel::{Id, Moment, Text};
use serde_json::json;
use store::{CommitError, Conflict, Fault};

use self::decide::{PhotoSaid, by_server, skew_ms};
use self::record::{Device, DeviceKey, FIELD_DEVICE, FIELD_PHOTO, FIELD_RECORD, FieldPhoto, FieldRecord};
use super::error::SupervisionError;
use super::inspect::{changed, inspection_file, is_the_same, noted, taken, terms, worked};
use super::inspection::record::inspection_by_id;
use super::inspection::{Inspection, InspectionState, Recording};
use super::photo::photographed;
use crate::access::{self, Actor, Right, StaffActor, session, staff};
use crate::approval::Desk;
use crate::catalog::FieldError;
use crate::material::Received;

/// How often what somebody else changed meanwhile is looked at again.
const TRIES: usize = 3;
/// The longest name of a device, in characters.
const NAME: usize = 60;
/// The most devices of one officer that are in use.
const DEVICES: usize = 20;

/// A device with its key.
pub struct OpenedDevice {
    /// The device.
    pub device: Device,
    /// AES, 256 bits: for the session that asked, never for a log.
    pub key: [u8; 32],
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Who sends, from which device, and what its clock shows.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The officer.
    pub actor: &'a Actor,
    /// His device.
    pub device: &'a Device,
    /// What its clock shows while it sends; none: it does not say.
    pub shown: Option<Moment>,
}

/// A record as a device sends it.
#[derive(Clone, Copy, Debug)]
pub struct FieldDraft<'a> {
    /// Made on the device: sent twice, it is taken once.
    pub id: Id,
    /// The inspection's number.
    pub number: &'a str,
    /// What was found; its time is the device's.
    pub recording: &'a Recording<'a>,
    /// The whole of it, as it was sent.
    pub body: &'a str,
}

/// What became of a record from a device.
#[derive(Debug)]
pub enum FieldSynced {
    /// It is the record of the inspection; `is_new` is false where it was sent before.
    Taken {
        /// The inspection as it stands.
        inspection: Box<Inspection>,
        /// Whether it was taken just now.
        is_new: bool,
        /// How far the device's clock was ahead, where that was more than a little; its times were turned into the server's.
        skew_ms: i64,
    },
    /// Another record was there, or the visit was called off: it lies beside, for both officers to see.
    Beside {
        /// The inspection as it stands.
        inspection: Box<Inspection>,
        /// Whether it came just now.
        is_new: bool,
    },
    /// It comes back with everything to mend.
    Mend(Vec<FieldError>),
    /// It cannot be taken, and this is why; it stays on the device.
    Back(Text),
}

/// A photograph as a device sends it.
#[derive(Clone, Copy, Debug)]
pub struct FieldShot<'a> {
    /// Made on the device.
    pub id: Id,
    /// What it is called.
    pub name: &'a str,
    /// Its bytes, as they were taken in.
    pub received: &'a Received,
    /// What the device says of it.
    pub said: &'a PhotoSaid,
}

fn inspector(actor: &Actor) -> Result<&StaffActor, SupervisionError> {
    let officer = actor.staff().ok_or(SupervisionError::NotFound)?;
    officer.scopes.allow_somewhere(Right::HandleDuty).then_some(officer).ok_or(SupervisionError::NotFound)
}

/// The key of an officer's device for his session; the first time it is made, under the id that the device chose.
///
/// # Errors
/// [`SupervisionError::NotFound`] where the device is another's, or who asks is no inspector; [`SupervisionError::DeviceLost`];
/// [`SupervisionError::NotAllowed`] where he has as many devices as there may be.
pub async fn open_device(
    desk: &access::Desk<'_>,
    actor: &Actor,
    (id, name): (Id, &str),
    session: Option<Id>,
) -> Result<OpenedDevice, SupervisionError> {
    let officer = inspector(actor)?;
    for _ in 0..TRIES {
        let (opened, unit) = match record::device(desk.store, desk.shard, id).await? {
            Some(device) => {
                let key = usable(&device, officer.account)?;
                let touched = vec![("session", session.into()), ("used_at", desk.now().into())];
                let unit = desk.unit().update(&FIELD_DEVICE, device.key(), device.version, touched);
                (OpenedDevice { device, key, is_new: false }, unit)
            }
            None => {
                let opened = made(desk, officer, (id, name), session).await?;
                let unit = desk.unit().insert(&FIELD_DEVICE, opened.device.values());
                (opened, unit)
            }
        };
        match desk.store.commit(unit).await {
            Ok(_) => return Ok(opened),
            // The page was opened twice in one moment, or somebody said just now that the device is lost: look again.
            Err(CommitError::Conflict(Conflict::Exists { .. } | Conflict::Changed { .. })) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(SupervisionError::Changed)
}

async fn made(
    desk: &access::Desk<'_>,
    officer: &StaffActor,
    (id, name): (Id, &str),
    session: Option<Id>,
) -> Result<OpenedDevice, SupervisionError> {
    let known = record::devices_of(desk.store, officer.account).await?;
    if known.iter().filter(|device| device.lost_at.is_none()).count() >= DEVICES {
        return Err(SupervisionError::not_allowed(
            format!("您已有 {DEVICES} 台设备，请先停用不再使用的"),
            format!("you have {DEVICES} devices: put those out of use that you no longer have"),
        ));
    }
    let mut key = [0; 32];
    desk.entropy.fill(&mut key);
    let device = Device {
        shard: desk.shard.to_owned(),
        id,
        version: 1,
        account: officer.account,
        account_name: officer.name.clone(),
        name: name.chars().filter(|c| !c.is_control()).take(NAME).collect(),
        secret: Some(DeviceKey(key)),
        session,
        made_at: desk.now(),
        used_at: desk.now(),
        lost_at: None,
        lost_by: None,
    };
    Ok(OpenedDevice { device, key, is_new: true })
}

fn usable(device: &Device, account: Id) -> Result<[u8; 32], SupervisionError> {
    if device.account != account {
        return Err(SupervisionError::NotFound);
    }
    device.secret.filter(|_| device.lost_at.is_none()).map(|key| key.0).ok_or(SupervisionError::DeviceLost)
}

/// The device from which this officer sends.
///
/// # Errors
/// As [`open_device`].
pub async fn own_device(desk: &access::Desk<'_>, actor: &Actor, id: Id) -> Result<Device, SupervisionError> {
    let officer = inspector(actor)?;
    let device = record::device(desk.store, desk.shard, id).await?.ok_or(SupervisionError::NotFound)?;
    usable(&device, officer.account)?;
    Ok(device)
}

/// The devices an officer may say to be lost: his own first, then those of accounts he manages.
///
/// # Errors
/// A fault of the database.
pub async fn devices(desk: &access::Desk<'_>, actor: &Actor) -> Result<Vec<Device>, Fault> {
    let Some(account) = actor.account() else { return Ok(Vec::new()) };
    let mut found = record::devices_of(desk.store, account).await?;
    let managed: BTreeSet<Id> = staff::list(desk.store, actor).await?.into_iter().map(|m| m.account.id).collect();
    if !managed.is_empty() {
        let used = record::devices_used(desk.store).await?;
        found.extend(used.into_iter().filter(|d| d.account != account && managed.contains(&d.account)));
    }
    Ok(found)
}

/// Says that a device is lost: its key is destroyed, and the session that last asked for it ends. Said twice, nothing changes.
///
/// # Errors
/// [`SupervisionError::NotFound`] for anybody but its owner and who manages his account.
pub async fn lose_device(desk: &access::Desk<'_>, actor: &Actor, id: Id) -> Result<Device, SupervisionError> {
    let mut device = record::device(desk.store, desk.shard, id).await?.ok_or(SupervisionError::NotFound)?;
    let own = actor.account() == Some(device.account);
    if !own && staff::show(desk, actor, device.account).await.is_err() {
        return Err(SupervisionError::NotFound);
    }
    if device.lost_at.is_some() {
        return Ok(device);
    }
    device.secret = None;
    device.lost_at = Some(desk.now());
    device.lost_by = Some(actor.signature().name);
    let changes = vec![
        ("secret", None::<Vec<u8>>.into()),
        ("lost_at", device.lost_at.into()),
        ("lost_by", device.lost_by.as_deref().into()),
    ];
    let mut unit = desk.unit().update(&FIELD_DEVICE, device.key(), device.version, changes);
    if let Some(session) = device.session {
        unit = session::ended(desk, unit, (device.account, session)).await?;
    }
    desk.store.commit(unit).await?;
    device.version += 1;
    Ok(device)
}

/// Takes a record that was written without network. Sent twice, it is taken once; late, it says so; where another is there already
/// it lies beside that one, and whoever has not signed yet looks again.
///
/// # Errors
/// Only what the officer cannot mend: faults, and [`SupervisionError::Changed`] after which the same is sent again.
pub async fn sync_field(
    desk: &Desk<'_>,
    sender: Sender<'_>,
    draft: &FieldDraft<'_>,
) -> Result<FieldSynced, SupervisionError> {
    for _ in 0..TRIES {
        match synced(desk, sender, draft).await {
            // Another came in the same moment: look again at what is there now.
            Err(SupervisionError::Changed) => {}
            Err(SupervisionError::NotFound) => return Ok(FieldSynced::Back(not_there(draft))),
            Err(SupervisionError::Forbidden(why)) => return Ok(FieldSynced::Back(why)),
            Err(SupervisionError::Form(errors)) => return Ok(FieldSynced::Mend(errors)),
            other => return other,
        }
    }
    Err(SupervisionError::Changed)
}

fn not_there(draft: &FieldDraft<'_>) -> Text {
    let number = draft.number;
    Text::new(
        format!("没有编号 {number} 的检查，或者您的岗位已经不管它；记录还在设备上"),
        format!("there is no inspection {number}, or your post no longer covers it; the record stays on the device"),
    )
}

async fn synced(desk: &Desk<'_>, sender: Sender<'_>, draft: &FieldDraft<'_>) -> Result<FieldSynced, SupervisionError> {
    let (store, now, actor) = (desk.store(), desk.base.now(), sender.actor);
    if let Some(earlier) = record::sent(store, desk.base.shard, draft.id).await? {
        return again(desk, sender, &earlier).await;
    }
    let version = inspection_file(store, actor, (draft.number, now)).await?.inspection.version;
    let (inspection, case) = worked(desk, actor, (draft.number, version)).await?;
    let skew_ms = skew_ms(sender.shown, now, &terms(desk)?.rules.clock);
    let seen_at = draft.recording.seen_at.map(|said| by_server(said, skew_ms));
    let recording = Recording { seen_at, ..draft.recording.clone() };
    let by = actor.signature();
    let kept = FieldRecord {
        id: draft.id,
        inspection: inspection.id,
        account: sender.device.account,
        account_name: by.name.clone(),
        came_at: now,
        skew_ms,
        body: draft.body.to_owned(),
        is_taken: true,
    };
    let row = |kept: &FieldRecord| kept.values((&inspection.shard, sender.device.id));
    if inspection.state == InspectionState::Planned {
        let row = row(&kept);
        let (mut inspection, unit) = taken(desk, actor, (inspection, &case), &recording)?;
        store.commit(unit.insert(&FIELD_RECORD, row)).await?;
        inspection.version += 1;
        return Ok(FieldSynced::Taken { inspection: Box::new(inspection), is_new: true, skew_ms });
    }
    if inspection.state == InspectionState::Recorded && is_the_same(desk, &inspection, actor, &recording)? {
        // The same was written down on the page, where there was network.
        store.commit(desk.base.unit().insert(&FIELD_RECORD, row(&kept))).await?;
        return Ok(FieldSynced::Taken { inspection: Box::new(inspection), is_new: false, skew_ms });
    }
    let kept = FieldRecord { is_taken: false, ..kept };
    let private = json!({ "by": by, "record": draft.id.to_string(), "body": draft.body });
    let unit = changed(desk, &inspection)?.and(noted(desk, &inspection, ("kept_beside", &by, ""), &private)?);
    store.commit(unit.insert(&FIELD_RECORD, row(&kept))).await?;
    let inspection = Inspection { version: inspection.version + 1, ..inspection };
    Ok(FieldSynced::Beside { inspection: Box::new(inspection), is_new: true })
}

/// What was sent before is answered as it was then, with the inspection as it stands now.
async fn again(desk: &Desk<'_>, sender: Sender<'_>, earlier: &FieldRecord) -> Result<FieldSynced, SupervisionError> {
    let found = inspection_by_id(desk.store(), earlier.inspection).await?;
    let found = found.filter(|_| earlier.account == sender.device.account).ok_or(SupervisionError::NotFound)?;
    let (inspection, is_new, skew_ms) = (Box::new(found), false, earlier.skew_ms);
    Ok(match earlier.is_taken {
        true => FieldSynced::Taken { inspection, is_new, skew_ms },
        false => FieldSynced::Beside { inspection, is_new },
    })
}

/// Adds a photograph from a device, with what it says of time and place. Sent twice, it is taken once.
///
/// # Errors
/// As [`super::photograph`].
pub async fn field_photograph(
    desk: &Desk<'_>,
    sender: Sender<'_>,
    number: &str,
    shot: &FieldShot<'_>,
) -> Result<FieldPhoto, SupervisionError> {
    let (store, shard, now) = (desk.store(), desk.base.shard, desk.base.now());
    let inspection = inspection_file(store, sender.actor, (number, now)).await?.inspection;
    if let Some(earlier) = record::photo(store, shard, shot.id).await? {
        return if earlier.inspection == inspection.id { Ok(earlier) } else { Err(SupervisionError::NotFound) };
    }
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
    let said = PhotoSaid {
        taken_at: shot.said.taken_at,
        latitude: plain(&shot.said.latitude),
        longitude: plain(&shot.said.longitude),
        skew_ms: skew_ms(sender.shown, now, &terms(desk)?.rules.clock),
    };
    let private = json!({ "taken_at": said.taken_at, "latitude": said.latitude, "longitude": said.longitude });
    let (photo, unit) = photographed(desk, sender.actor, number, ((shot.name, shot.received), &private)).await?;
    let kept = FieldPhoto { id: shot.id, inspection: inspection.id, material: photo.id, came_at: now, said };
    let row = kept.values((&inspection.shard, sender.device.id));
    match store.commit(unit.insert(&FIELD_PHOTO, row)).await {
        Ok(_) => Ok(kept),
        // The same came in the same moment by another request.
        Err(CommitError::Conflict(Conflict::Exists { .. })) => {
            record::photo(store, shard, shot.id).await?.ok_or(SupervisionError::Changed)
        }
        Err(other) => Err(other.into()),
    }
}
