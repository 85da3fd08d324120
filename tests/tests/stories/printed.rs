//! Stories of the code printed on a licence: anybody checks it with what the office published, and asks nobody.

use affairs::{approval, licence};
use evidence::answer::{Answer, Colour, Given, Held, Reader};
use evidence::compact::{Envelope, Link};
use evidence::key::Setting;
use evidence::status::StatusList;
use evidence::trust::{Anchor, Published};
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const CANCEL: &str = "fd-pharmacist-cancel";
const PAGE: &str = "http://127.0.0.1:8080/v";

async fn granted(world: &World, key: &str) -> licence::Licence {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), key).await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    licence::by_case(&world.scratch.store, wei.party.id, case.id).await.unwrap().expect("a licence was born")
}

async fn printed(world: &World, held: &licence::Licence) -> String {
    let signed = licence::signed_core(&world.scratch.store, &world.issuer, held).await.unwrap().expect("it has a core");
    Link::write(PAGE, &signed)
}

/// What a verifier has after one visit.
struct Phone {
    trust: Published,
    list: Vec<u8>,
}

impl Phone {
    async fn visit(world: &World, browser: &mut Browser) -> Self {
        let text = browser.get("/verify/trust").await.text();
        let root = world.state().desks().unwrap().office.root.as_ref().unwrap().public().clone();
        let trust = Anchor::born(Setting::Demonstration, vec![root]).take(&text, world.now()).unwrap();
        let list = browser.get("/verify/status").await.bytes;
        Self { trust, list }
    }

    fn says(&self, world: &World, text: &str) -> Answer {
        let list = StatusList::open(&self.list, &self.trust.list, world.now()).unwrap();
        let status = Held::List(&list);
        let own_hosts = &["127.0.0.1:8080"];
        Reader { trust: &self.trust, status, proof: None, now: world.now(), own_hosts }.judge(&Given::Text(text))
    }
}

fn codes(answer: &Answer) -> Vec<&'static str> {
    answer.reasons.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn a_printed_code_is_green_until_the_licence_ends_and_red_a_second_later() {
    for world in World::on_both_engines().await {
        let held = granted(&world, "key-1").await;
        let text = printed(&world, &held).await;
        let mut browser = Browser::new(&world.site());
        let phone = Phone::visit(&world, &mut browser).await;
        let answer = phone.says(&world, &text);
        assert_eq!(answer.colour, Colour::Green, "{:?}", codes(&answer));
        assert_eq!(answer.core.as_ref().unwrap().holder, "韦明月");
        assert_eq!(answer.core.as_ref().unwrap().code.to_string(), held.code);

        world.scratch.clock.set(world.now().plus_ms(1_000));
        let wei = world.person("韦明月", 1).await;
        let code = &wei.party.code;
        let form = serde_json::json!({
            "name": "韦明月", "citizen_id": code, "registration_number": format!("45{}", &code[6..14]), "reason": "retire",
            "phone": "13877100001", "understood": true, "truthful": true,
        });
        world.file(&wei, CANCEL, &stories::world::map(form), "key-cancel").await.unwrap();
        assert_eq!(phone.says(&world, &text).colour, Colour::Green, "without a new list nobody knows");
        let renewed = Phone::visit(&world, &mut browser).await;
        assert!(codes(&renewed.says(&world, &text)).contains(&"mark_struck_off"));
        world.wait_days(2);
        assert!(codes(&phone.says(&world, &text)).contains(&"status_stale"));
        assert_eq!(phone.says(&world, &text).colour, Colour::Yellow);
    }
}

#[tokio::test]
async fn a_newer_version_marks_the_old_one_and_both_stand_at_places_of_their_own() {
    let world = World::new().await;
    let old = granted(&world, "key-1").await;
    world.wait_days(1);
    let new = granted(&world, "key-2").await;
    let phone = Phone::visit(&world, &mut Browser::new(&world.site())).await;
    let (old_text, new_text) = (printed(&world, &old).await, printed(&world, &new).await);
    assert!(codes(&phone.says(&world, &old_text)).contains(&"mark_superseded"));
    assert_eq!(phone.says(&world, &new_text).colour, Colour::Green);
    let place = |text: &str| Envelope::read(&Link::read(text).unwrap().signed).unwrap().core().status;
    assert_ne!(place(&old_text), place(&new_text));
}

#[tokio::test]
async fn the_leaf_names_the_core_so_that_a_proof_binds_them() {
    let world = World::new().await;
    let held = granted(&world, "key-1").await;
    let core = Envelope::read(&Link::read(&printed(&world, &held).await).unwrap().signed).unwrap();
    let leaves = world.scratch.store.leaves(held.id).await.unwrap();
    let leaf = leaves.iter().find(|leaf| leaf.kind == "licence.issued").unwrap();
    let leaf: serde_json::Value = serde_json::from_slice(&leaf.bytes).unwrap();
    assert_eq!(leaf["act"]["core"], core.fingerprint().to_string());
    assert_eq!(leaf["act"]["at"].as_str().unwrap().parse::<kernel::Moment>().unwrap(), held.issued_at);
}

#[tokio::test]
async fn the_page_answers_for_those_without_script() {
    let world = World::new().await;
    let held = granted(&world, "key-1").await;
    let text = printed(&world, &held).await;
    let mut browser = Browser::new(&world.site());
    let good = handed_in(&mut browser, &text).await;
    assert!(good.contains("真实，可以使用") && good.contains("韦明月") && good.contains(&held.code), "{good}");
    let elsewhere = handed_in(&mut browser, &text.replace("127.0.0.1:8080", "genuine.example")).await;
    assert!(elsewhere.contains("真实，可以使用") && elsewhere.contains("genuine.example"), "{elsewhere}");
    let last = if text.ends_with('7') { "8" } else { "7" };
    let forged = handed_in(&mut browser, &format!("{}{last}", &text[..text.len() - 1])).await;
    assert!(forged.contains("不能使用") && !forged.contains("韦明月"), "{forged}");
    assert!(forged.contains("签名与内容不符"), "{forged}");
    let moved = browser.get("/v").await;
    assert_eq!(moved.location(), "/verify");
}

/// The answer in the page; what follows it holds every word there is, for the browser's own verifier.
async fn handed_in(browser: &mut Browser, text: &str) -> String {
    let edge = "stories-edge";
    let body = format!("--{edge}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n--{edge}--\r\n");
    let request = axum::http::Request::post("/verify")
        .header("accept", "text/html")
        .header("content-type", format!("multipart/form-data; boundary={edge}"));
    let page = browser.send(request.body(axum::body::Body::from(body)).unwrap()).await.text();
    let answer = page.split("id=\"verdict\"").nth(1).unwrap().split("再验一张").next().unwrap();
    answer.to_owned()
}

#[tokio::test]
async fn the_lists_are_the_same_for_everybody_within_a_second() {
    let world = World::new().await;
    granted(&world, "key-1").await;
    let mut browser = Browser::new(&world.site());
    let first = browser.get("/verify/status").await.bytes;
    assert_eq!(browser.get("/verify/status").await.bytes, first);
    assert_eq!(browser.get("/verify/trust").await.text(), browser.get("/verify/trust").await.text());
    world.scratch.clock.set(world.now().plus_ms(1_000));
    let next = browser.get("/verify/status").await.bytes;
    let trust = world.trust(Setting::Demonstration);
    let open = |list: &[u8]| StatusList::open(list, &trust, world.now()).unwrap().list;
    assert_eq!(open(&next).check_follows(&open(&first)), Ok(()));
    assert!(open(&first).check_follows(&open(&next)).is_err(), "and never back");
}

/// Runs a program of another house on a file; none where it is not installed.
#[expect(clippy::print_stdout, reason = "whoever runs the tests should know what was passed over")]
fn judge(program: &str, words: &[&str]) -> Option<Vec<u8>> {
    match std::process::Command::new(program).args(words).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(error) => {
            println!("{program}: {error}; what it would say is passed over (make setup installs it)");
            None
        }
    }
}

fn text_of(output: Vec<u8>) -> String {
    String::from_utf8(output).unwrap()
}

#[tokio::test]
async fn the_pdf_holds_what_the_page_says_and_the_file_and_a_code_that_reads() {
    let world = World::new().await;
    let held = granted(&world, "key-1").await;
    let site = world.site();
    let path = format!("/licences/{}.pdf", held.code);
    assert_ne!(Browser::new(&site).get(&path).await.status, 200, "nobody");
    let mut stranger = Browser::of(&world, &site, world.person("莫言", 7).await.account).await;
    assert_eq!(stranger.get(&path).await.status, 404, "a stranger");
    let mut wei = Browser::of(&world, &site, world.person("韦明月", 1).await.account).await;
    let answer = wei.get(&path).await;
    if answer.status == 503 {
        assert!(answer.main().contains("fonts-noto-cjk"), "{}", answer.main());
        println!("no font with Chinese is installed: the PDF is passed over");
        return;
    }
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/pdf"));
    assert_eq!(answer.bytes, wei.get(&path).await.bytes, "equal licences make equal bytes");

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pdf = at("licence.pdf");
    std::fs::write(&pdf, &answer.bytes).unwrap();
    if let Some(text) = judge("pdftotext", &["-layout", &pdf, "-"]).map(text_of) {
        for said in
            ["执业药师注册证", "韦明月", &held.code, "广西壮族自治区药品监督管理局", "演示样本，无法律效力", "有效期"]
        {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
    if let Some(fonts) = judge("pdffonts", &[&pdf]).map(text_of) {
        let lines: Vec<_> = fonts.lines().skip(2).collect();
        assert!(!lines.is_empty(), "{fonts}");
        for line in lines {
            assert!(line.contains("yes yes yes"), "embedded, a subset, with its characters: {fonts}");
        }
    }
    if judge("pdfdetach", &["-saveall", "-o", &at(""), &pdf]).is_some() {
        let name = format!("licence-{}.json", held.serial());
        assert_eq!(std::fs::read_to_string(at(&name)).unwrap(), held.document, "the signed file, byte for byte");
    }
    let drawn = judge("pdftoppm", &["-r", "150", "-png", "-singlefile", &pdf, &at("page")]);
    let read = drawn.and_then(|_| judge("zbarimg", &["-q", "--raw", &at("page.png")]));
    if let Some(read) = read.map(text_of) {
        assert_eq!(read.trim(), printed(&world, &held).await, "what a phone reads from the paper");
    }
}

#[tokio::test]
async fn a_holder_shows_what_he_chooses_for_five_minutes() {
    for world in World::on_both_engines().await {
        let held = granted(&world, "key-1").await;
        let site = world.site();
        let mut wei = Browser::of(&world, &site, world.person("韦明月", 1).await.account).await;
        let path = format!("/licences/{}/present", held.code);
        let form = wei.get(&path).await.text();
        let number = |label: &str| {
            let before = form.split(label).next().unwrap();
            before.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        let made = wei.post(&path, &[("row", number("执业范围").as_str())]).await.text();
        let shown =
            made.split("href=\"http://127.0.0.1:8080/shown/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let shown = format!("/shown/{shown}");
        let mut anybody = Browser::new(&site);
        let seen = anybody.get(&shown).await;
        assert_eq!(seen.header("cache-control"), "no-store");
        let text = seen.main();
        for said in ["韦明月", "执业范围", held.code.as_str()] {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert!(!text.contains("执业单位") && !text.contains("邕江大药房"), "not chosen: {text}");
        let stranger = world.person("莫言", 7).await;
        assert_eq!(Browser::of(&world, &site, stranger.account).await.get(&path).await.status, 404);
        assert_eq!(anybody.get("/shown/none").await.status, 404);
        world.scratch.clock.set(world.now().plus_ms(licence::SHOWN_MS - 1));
        assert_eq!(anybody.get(&shown).await.status, 200);
        world.scratch.clock.set(world.now().plus_ms(1));
        assert_eq!(anybody.get(&shown).await.status, 404, "five minutes are over");
        let none = wei.post(&path, &[]).await.text();
        assert!(none.contains("/shown/") && !none.contains(&shown), "another address, with nothing chosen");
    }
}
