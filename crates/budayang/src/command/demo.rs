//! `budayang demo`: the demonstration world, prepared where it is not there yet, and served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use kernel::Moment;
use serde_json::json;
use site::{AppState, Settings};

use super::Answer;
use crate::demo::clock::{self, DemoClock};
use crate::demo::control::{self, Control};
use crate::demo::letterbox::{self, Letterboxes};
use crate::demo::platform::{self, Platform};
use crate::demo::{self, Prepared, watcher};
use crate::front_door::{FrontDoor, Log};
use crate::office::Machine;
use crate::output::{Format, Output};
use crate::serve;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The folder of the demonstration; made if it is not there.
    #[arg(long, global = true, value_name = "FOLDER", default_value = "var/demo")]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Prepare the world and stop.
    #[arg(long)]
    prepare_only: bool,
    /// Let a new demonstration's clock begin at this moment and go on from there, such as 2026-09-07T09:00:00+08:00.
    #[arg(long, value_name = "MOMENT")]
    clock: Option<Moment>,
    /// No colours in what is logged.
    #[arg(long)]
    no_color: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Print a link that signs in once, while the demonstration runs.
    Login {
        /// Who: weimingyue, pharmacy, clerk …; a name that nobody has is answered with all of them.
        name: String,
    },
    /// Let the demonstration's carriers of messages answer too late, not at all, or again.
    Messages {
        /// How: start, slow, stop.
        #[arg(value_parser = letterbox::WORDS)]
        word: String,
    },
    /// Let the demonstration's credit platform, a register of another agency, answer too late, not at all, or again.
    Register {
        /// How: start, slow, stop.
        #[arg(value_parser = platform::WORDS)]
        word: String,
    },
    /// Put the demonstration's clock ahead: what takes weeks is seen at once. It never goes back.
    Ahead {
        /// By how many days.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(clock::MOST_DAYS)))]
        days: u32,
    },
}

/// How long a stopping demonstration waits for open connections: a page with a live strip keeps one open.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match &arguments.command {
        Some(Command::Login { name }) => return login(&arguments.data, name, output),
        Some(Command::Messages { word }) => {
            output.line(control::tell_messages(&arguments.data, word)?)?;
            return Ok(Answer::Yes);
        }
        Some(Command::Register { word }) => {
            output.line(control::tell_register(&arguments.data, word)?)?;
            return Ok(Answer::Yes);
        }
        Some(Command::Ahead { days }) => {
            output.line(control::go_ahead(&arguments.data, *days)?)?;
            return Ok(Answer::Yes);
        }
        None => {}
    }
    door.log(&Log { level: "warn", json: false, color: !arguments.no_color })?;
    door.block_on(run_world(arguments, (door, &door.machine()), output))
}

fn login(data: &Path, name: &str, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let link = control::ask(data, name)?;
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "name": name, "link": link }))?,
        // Alone on its line, so that it can be piped into a browser.
        _ => output.line(&link)?,
    }
    Ok(Answer::Yes)
}

async fn run_world(
    arguments: &Arguments,
    (door, machine): (&FrontDoor, &Machine),
    output: &mut Output<'_>,
) -> anyhow::Result<Answer> {
    // First the address: nobody should wait for a world that cannot be served.
    let bound = if arguments.prepare_only { None } else { Some(serve::bind(arguments.listen)?) };
    let json = output.asked() == Some(Format::Json);
    if !json {
        output.line(format!("正在准备演示环境… / Preparing the demonstration in {} …", arguments.data.display()))?;
    }
    let clock = Arc::new(DemoClock::of(&arguments.data, Arc::clone(&machine.clock), arguments.clock)?);
    let machine = &Machine { clock: clock.clone(), entropy: Arc::clone(&machine.entropy) };
    let (home, prepared) = demo::prepare(&arguments.data, machine).await?;
    clock.keep()?;
    if !json {
        output.line(told(prepared))?;
    }
    let Some(bound) = bound else { return Ok(Answer::Yes) };
    let (office, platform) = Platform::open(demo::open(&home, machine).await?, machine).await?;
    let address = format!("http://{}", bound.address);
    let settings = Settings::demonstration(&address);
    let office = watcher::open(office, &home, machine).await?;
    let (office, letterboxes) = Letterboxes::open(office, &settings, machine).await?;
    let state = AppState::open(settings, machine.clock.clone(), machine.entropy.clone(), office);
    let asked = (platform, letterboxes, clock);
    let control = tokio::spawn(Control::open(&home, machine, asked).await?.answer(state.clone()));
    let fresh = tokio::spawn(stay_fresh(state.clone(), machine.clone()));
    if json {
        output.json(&json!({ "listening": address, "data": arguments.data }))?;
        output.flush()?;
    } else {
        welcome(&address, (door.program(), &arguments.data), output)?;
    }
    let served = serve::serve(bound, None, state, PATIENCE).await;
    control.abort();
    let _ = control.await;
    fresh.abort();
    served?;
    if !json {
        output.line("已停止。数据保留，可随时再次启动。 / Stopped. Everything is kept; start it again at any time.")?;
    }
    Ok(Answer::Yes)
}

/// The registers' keepers send their extracts again every day the demonstration runs.
async fn stay_fresh(state: AppState, machine: Machine) {
    let mut hours = tokio::time::interval(Duration::from_secs(3_600));
    loop {
        hours.tick().await;
        let Ok(desks) = state.desks() else { continue };
        if let Err(error) = demo::keep_fresh(desks.office, &machine).await {
            tracing::warn!(error = format!("{error:#}"), "the registers were not sent again");
        }
    }
}

fn told(prepared: Prepared) -> String {
    match prepared {
        Prepared::Already(since) => format!(
            "演示环境已在此（{}建立），未作改动；想从头开始，请停止后删除该文件夹。\n\
             The demonstration was there already (made on {}) and was left as it is; to begin anew, stop and delete the folder.",
            since.zh().split(' ').next().unwrap_or_default(),
            since.date()
        ),
        Prepared::New { cases } => format!(
            "已建好：虚构的人物、单位、登记数据，和过去一个月的{cases}个办件。\n\
             Made: invented people, pharmacies and registers, and {cases} cases of the month before."
        ),
    }
}

/// Address, three things to try, how to sign in.
fn welcome(address: &str, (program, data): (String, &Path), output: &mut Output<'_>) -> anyhow::Result<()> {
    let login = |name: &str| format!("{program} demo login {name} --data {}", data.display());
    output.line(format!(
        "\n不打烊（演示） / Budayang (demonstration)\nlistening on {address}\n\n\
         试三件事（登录链接只能用一次，在另一个终端里打印）：\n\
         1. 半夜延续注册：以韦明月登录，延续注册；再以她的单位“邕江大药房”登录确认——当场准予、说明理由、生成证照和监管任务。\n\
         \u{20}  {wei}\n\u{20}  {pharmacy}\n\
         2. 一次告知：黄春生学分不够，单位确认后得到一份写明全部补正内容的通知。\n\u{20}  {huang}\n\
         3. 必须由人判断：覃海燕的一项数据查不到，转给审批员李文，带着机器的核对结果。\n\u{20}  {qin}\n\u{20}  {clerk}\n\
         还有：luxiaochuan（首次注册，单位代码 {code}） inspector（监管） auditor（审计） admin（管理）\n\
         林业：panxiuying（采伐，当场领证） suhaisheng（县里限额已用完） nursery（苗圃，当场检疫证）\n\
         \u{20}     newnursery（苗圃，须现场检疫） forester（林业人员） agent（村级代办员，可离线代收）\n\
         住建：hongshui（建筑公司，资质变更、安许证延期当场办结；也为 weilifang 的证书确认） zuojiang（安全员不够，一次告知）\n\
         \u{20}     longjiang（出过事故，由人审查） panguoqiang（B类，须补正） mengxiaoyan（受过处罚） builder（住建人员）\n\
         食品：mifen（核查过，仍由人决定） laoyou（须现场核查） food（食品经营审批员）\n\
         卫生：huangxiaomei（护士首次注册，机构代码 {hospital}，当场领证） liangting（体检过期，一次告知）\n\
         \u{20}     weixiulan（迟交，由人判断） chenli（换到同一家医院） hospital（医院确认） healthclerk（卫生人员）\n\
         药店：qingshan（验收合格，仍由人决定） newpharmacy（一件事：开办药店） retailclerk（药品零售审批员）\n\
         窗口：counter（青秀区大厅的窗口，给站在面前的人代录、发回执、送达）\n\
         站外消息（短信、微信、邮件）：{address}/demonstration/outbox；运营商停了会怎样：{program} demo messages stop --data {data}\n\
         数据源停了会怎样：{program} demo register stop --data {data}，再办一件（等待数据，无需重办），然后 start。\n\
         演示时钟往前走几天（亮灯、视为受理、视为准予延续）：{program} demo ahead 8 --data {data}\n\n\
         Three things to try (each link signs in once; print it in a second terminal):\n\
         1. A renewal at midnight: sign in as weimingyue and renew; then as pharmacy, her employer, and confirm.\n\
         2. One notice: huangchunsheng lacks credits and is told everything to mend at once.\n\
         3. A person decides: a fact about qinhaiyan is missing; clerk finds the case in the queue.\n\
         Also: luxiaochuan (first registration, employer {code}), inspector, auditor, admin.\n\
         Forestry: panxiuying (felling, a permit at once), suhaisheng (the county's quota is used up), nursery (a quarantine\n\
         certificate at once), newnursery (an inspector has to come), forester (the officer), agent (a village agent, who also collects offline).\n\
         Housing: hongshui (a builder: both at once; it also confirms for weilifang), zuojiang (too few safety officers),\n\
         longjiang (an accident: a person looks), panguoqiang, mengxiaoyan (safety staff), builder (the officer).\n\
         Food: mifen (all is well and a person decides), laoyou (its premises must be seen), food (the officer).\n\
         Health: huangxiaomei (a nurse's first registration at {hospital}: at once), liangting (health check too old),\n\
         weixiulan (late: a person looks), chenli (moves to the same hospital), hospital (confirms), healthclerk (officer).\n\
         Pharmacies: qingshan (inspected, and a person decides), newpharmacy (three agencies at once), retailclerk (officer).\n\
         A counter: counter (in Qingxiu's hall: files for who stands there, gives receipts, hands results out).\n\
         What leaves the house by SMS, WeChat and e-mail: {address}/demonstration/outbox; `demo messages stop` stops it.\n\
         A register stands still: {program} demo register stop --data {data} — a case waits and goes on after `start`.\n\
         The demonstration's clock goes ahead (lights, silence that accepts and renews): {program} demo ahead 8 --data {data}\n\
         Ctrl-C stops it.",
        data = data.display(),
        code = demo::pharmacy_code()?,
        hospital = demo::hospital_code()?,
        wei = login("weimingyue"),
        pharmacy = login("pharmacy"),
        huang = login("huangchunsheng"),
        qin = login("qinhaiyan"),
        clerk = login("clerk"),
    ))?;
    Ok(())
}
