//! Stories of whoever is shown a licence: is it genuine, does it count today, and if not, why.

use affairs::{approval, licence};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use stories::{Answer, Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const CANCEL: &str = "fd-pharmacist-cancel";

/// An office that has renewed one registration; gives the licence.
async fn granted(world: &World) -> licence::Licence {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "key-wei-1").await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    licence::by_case(&world.scratch.store, wei.party.id, case.id).await.unwrap().expect("a licence was born")
}

/// The page after a document was handed in, as a browser sends it.
async fn handed_in(browser: &mut Browser, field: &str, document: &str) -> Answer {
    let edge = "stories-edge";
    let name = if field == "file" { "; filename=\"licence.json\"" } else { "" };
    let body = format!(
        "--{edge}\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\n{document}\r\n--{edge}--\r\n"
    );
    let request = Request::post("/verify")
        .header("accept", "text/html")
        .header("content-type", format!("multipart/form-data; boundary={edge}"));
    browser.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_genuine_licence_passes_by_number_by_file_and_by_paste() {
    let world = World::new().await;
    let held = granted(&world).await;
    let mut browser = Browser::new(&world.site());

    let by_number = browser.get(&format!("/verify?code={}", held.code)).await;
    assert_eq!(by_number.status, StatusCode::OK);
    let text = by_number.main();
    for seen in ["真实，有效", "在透明日志中", "韦**", "2032年1月22日", "演示样本，无法律效力"]
    {
        assert!(text.contains(seen), "{seen} in {text}");
    }
    assert!(!text.contains("韦明月"), "a number alone names nobody");
    for field in ["file", "text"] {
        let page = handed_in(&mut browser, field, &held.document).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.main().contains("真实，有效") && page.main().contains("韦明月"), "{}", page.main());
    }
    let spaced: String = held.code.chars().flat_map(|c| [c, ' ']).collect();
    let typed = browser.get(&format!("/verify?code={}", stories::browser::encoded(&spaced.to_lowercase()))).await;
    assert!(typed.main().contains("真实，有效"), "{}", typed.main());
}

#[tokio::test]
async fn a_licence_that_does_not_count_today_says_why() {
    let world = World::new().await;
    let held = granted(&world).await;
    let mut browser = Browser::new(&world.site());
    let path = format!("/verify?code={}", held.code);
    assert!(browser.get(&path).await.main().contains("真实，有效"));
    world.wait_days(6 * 366);
    let late = browser.get(&path).await.main();
    assert!(late.contains("真实，但现在不能使用") && late.contains("有效期已过"), "{late}");
}

#[tokio::test]
async fn a_licence_with_a_newer_version_points_to_it() {
    let world = World::new().await;
    let held = granted(&world).await;
    world.wait_days(1);
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "key-wei-2").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, approval::State::Granted);
    let mut browser = Browser::new(&world.site());
    let old = browser.get(&format!("/verify?code={}", held.code)).await.main();
    assert!(old.contains("真实，但现在不能使用") && old.contains("以新版本为准"), "{old}");
    let newer = licence::by_case(&world.scratch.store, wei.party.id, case.id).await.unwrap().unwrap();
    assert!(browser.get(&format!("/verify?code={}", newer.code)).await.main().contains("真实，有效"));
}

#[tokio::test]
async fn a_licence_that_was_struck_off_is_genuine_and_void() {
    let world = World::new().await;
    let held = granted(&world).await;
    let wei = world.person("韦明月", 1).await;
    let code = &wei.party.code;
    let form = serde_json::json!({
        "name": "韦明月", "citizen_id": code, "registration_number": format!("45{}", &code[6..14]), "reason": "retire",
        "phone": "13877100001", "understood": true, "truthful": true,
    });
    let case = world.file(&wei, CANCEL, &stories::world::map(form), "key-cancel").await.unwrap();
    assert_eq!(case.state, approval::State::Granted);
    let text = Browser::new(&world.site()).get(&format!("/verify?code={}", held.code)).await.main();
    assert!(text.contains("真实，但现在不能使用") && text.contains("已经注销"), "{text}");
}

#[tokio::test]
async fn a_tampered_licence_is_refused_with_its_reason_and_nothing_of_it_is_believed() {
    let world = World::new().await;
    let held = granted(&world).await;
    let mut browser = Browser::new(&world.site());
    let name = held.document.replacen("韦明月", "韦明日", 1);
    let term = held.document.replacen("2032", "2042", 1);
    let half = &held.document[..held.document.char_indices().nth(200).unwrap().0];
    assert!(name != held.document && term != held.document);
    let cases = [
        (name.as_str(), "签名与内容对不上"),
        (term.as_str(), "签名与内容对不上"),
        (half, "不是一份完整的电子证照文件"),
        ("{}", "不是一份完整的电子证照文件"),
        ("<script>alert(1)</script>", "不是一份完整的电子证照文件"),
    ];
    for (document, reason) in cases {
        let page = handed_in(&mut browser, "file", document).await;
        let text = page.main();
        assert!(text.contains("不可信") && text.contains(reason), "{reason} in {text}");
        assert!(!text.contains("韦明日") && !text.contains("2042"), "{text}");
        assert!(!page.text().contains("<script>alert"));
    }
}

#[tokio::test]
async fn a_seal_of_somebody_else_is_not_on_the_trust_list() {
    let (world, other) = (World::new().await, World::new().await);
    let held = granted(&other).await;
    let foreign = evidence::key::KeyPair::generate(
        evidence::key::Algorithm::Sm2,
        "demonstration.example/forger",
        &kernel::SeededEntropy::new(99),
    )
    .unwrap();
    let sealed = evidence::seal::read(held.document.as_bytes()).unwrap();
    let draft = evidence::seal::Draft {
        kind: licence::KIND,
        issuer: &sealed.issuer,
        scope: &sealed.scope,
        issued_at: sealed.issued_at,
        payload: &sealed.payload,
    };
    let forged = evidence::seal::seal(&draft, &foreign).unwrap();
    let text = handed_in(&mut Browser::new(&world.site()), "file", &forged).await.main();
    assert!(text.contains("不可信") && text.contains("不在受信任的名单上"), "{text}");
}

#[tokio::test]
async fn an_unknown_or_mistyped_number_and_nothing_at_all_are_told_apart() {
    let (world, other) = (World::new().await, World::new().await);
    let held = granted(&other).await;
    let mut browser = Browser::new(&world.site());
    let unknown = browser.get(&format!("/verify?code={}", held.code)).await;
    assert_eq!(unknown.status, StatusCode::OK);
    assert!(unknown.main().contains("查无此证"), "{}", unknown.main());

    let last = held.code.chars().last().unwrap();
    let wrong = format!("{}{}", &held.code[..held.code.len() - 1], if last == 'A' { 'B' } else { 'A' });
    for typed in [wrong.as_str(), "12345", "", "%E8%AF%81"] {
        let answer = browser.get(&format!("/verify?code={typed}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        assert!(answer.text().contains("href=\"#f-code\""), "{typed:?}");
    }
    let nothing = handed_in(&mut browser, "file", "  ").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains("href=\"#f-file\""));
    let large = handed_in(&mut browser, "file", &"x".repeat(10 * 1024 * 1024)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn grants_are_public_with_masked_names_and_their_place_in_the_log() {
    let world = World::new().await;
    let site = world.site();
    assert!(Browser::new(&site).get("/open").await.main().contains("还没有公示"));
    granted(&world).await;
    let page = Browser::new(&site).get("/open").await;
    assert!(page.main().contains("韦**") && !page.text().contains("韦明月"), "{}", page.main());
    let leaf = page.text().split("href=\"/log/leaf/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let leaf = Browser::new(&site).get(&format!("/log/leaf/{leaf}")).await;
    assert!(leaf.main().contains("case.decided"), "{}", leaf.main());
}
