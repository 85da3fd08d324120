//! A lawyer adds a whole condition in the sentence table, on a fact that the model did not read yet, and takes one out; a citizen is
//! decided by it.

use affairs::approval::{self, State};
use axum::http::StatusCode;
use store::testing::Scratch;
use stories::Browser;

use super::{ITEM, RENEW, furnished, people, renewed, replays, seed_cases, step, take_up};

/// Everything a condition says, in the sentence table's own fields.
const NEW: [(&str, &str); 11] = [
    ("/new/fact", "执业单位所在地"),
    ("/new/comparison", "in"),
    ("/new/value", "450103、450102"),
    ("/new/sentence_zh", "执业单位在试点城区"),
    ("/new/sentence_en", "The employer is in a pilot district"),
    ("/new/mend_zh", "执业单位不在试点城区，由工作人员办理。"),
    ("/new/mend_en", "The employer is outside the pilot districts; an officer decides."),
    ("/new/source", "licensing-law"),
    ("/new/article", "34"),
    ("/new/grade", "A"),
    ("/new/on_fail", "refer"),
];

const OWN_CASE: &str = "
### 执业单位不在试点城区（只有 c11 不通过）

| 事实 | 值 | 情形 |
|---|---|---|
| 执业单位所在地 | 450107 |  |
| → 结果 | refer 转人工 | |
| → 未通过 | c11 | |
| → 无法判断 | — | |
";

fn sent<'a>(version: &'a str, pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    std::iter::once(("version", version)).chain(pairs.iter().copied()).collect()
}

#[tokio::test]
async fn a_condition_is_added_and_decides_and_another_is_taken_out() {
    let mut world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let site = world.site();
    let before = renewed(&world, ("覃海燕", 5), 0).await;
    let mut author = Browser::of(&world, &site, people.author.account).await;
    let draft = author.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    let page = author.get(&draft).await;
    assert!(page.main().contains("添加一个条件") && page.text().contains("<option value=\"执业单位所在地\">"));

    // What is missing or cannot be said is told at once, by its field, and nothing that was typed is lost.
    let version = page.hidden("version");
    let computed =
        [("/new/fact", "已获学分"), ("/new/comparison", "less"), ("/new/value", "已获学分 * 2"), ("/new/grade", "A")];
    let refused = author.post(&draft, &sent(&version, &computed)).await;
    let text = refused.main();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
    for told in ["请写一个数", "A 级要有出处", "A 级要写明读过的条文", "不能为空"] {
        assert!(text.contains(told), "{told} in {text}");
    }
    assert!(refused.text().contains("value=\"已获学分 * 2\"") && refused.text().contains("id=\"new-condition\" open"));
    assert_eq!(author.get(&draft).await.hidden("version"), version, "nothing was written");

    let saved = author.post(&draft, &sent(&version, &NEW)).await;
    assert_eq!(saved.location(), format!("{draft}?saved=1"), "{}", saved.main());
    let page = author.get(&draft).await;
    let text = page.main();
    assert!(
        text.contains("c11 · 执业单位在试点城区") && text.contains("草稿，待改正"),
        "no case of its own yet: {text}"
    );
    assert!(page.text().contains("value=\"450103、450102\""), "{}", page.text());
    let cases = format!("{}{OWN_CASE}", seed_cases());
    let version = page.hidden("version");
    assert_eq!(author.post(&draft, &sent(&version, &[("/cases", &cases)])).await.status, StatusCode::SEE_OTHER);
    let text = author.get(&draft).await.main();
    assert!(text.contains("案例全部与预期相符") && text.contains("测试通过"), "{text}");

    let proposal = [("step", "propose"), ("/purpose", "试点期间限试点城区（演示）"), ("/version_by", "filed")];
    assert_eq!(step(&mut author, &draft, &proposal).await.0, StatusCode::SEE_OTHER);
    let mut second = Browser::of(&world, &site, people.second.account).await;
    for next in ["approve", "publish"] {
        let (status, text) = step(&mut second, &draft, &[("step", next)]).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    }
    take_up(&mut world).await;
    let guide = Browser::new(&site).get(&format!("/items/{RENEW}")).await.main();
    assert!(guide.contains("执业单位在试点城区"), "{guide}");
    let after = renewed(&world, ("韦明月", 6), 0).await;
    assert_eq!(after.state, State::Granted);
    let file = approval::story(&world.scratch.store, after.id).await.unwrap().unwrap();
    let run: approval::Assessment = serde_json::from_value(file.decisions[0].checks.clone()).unwrap();
    assert!(run.checks.iter().any(|check| check.id == "c11"), "{:?}", run.checks);
    for case in [&before, &after] {
        replays(&world, case).await;
    }

    // Another draft: what is taken out is gone from model, item and table, and only the cases still speak of it.
    let draft = author.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    let version = author.get(&draft).await.hidden("version");
    let gone = [("/condition/c11/gone", "true"), ("/condition/c2/gone", "true")];
    assert_eq!(author.post(&draft, &sent(&version, &gone)).await.status, StatusCode::SEE_OTHER);
    let page = author.get(&draft).await;
    let text = page.main();
    assert!(!text.contains("c11 ·") && !text.contains("c2 ·") && !text.contains("条件引用的计算：应修学分"), "{text}");
    assert!(text.contains("草稿，待改正") && text.contains("c1 ·"), "{text}");
    let version = page.hidden("version");
    let all: Vec<String> = [1, 3, 4, 5, 6, 7, 8, 9, 10].map(|n| format!("/condition/c{n}/gone")).to_vec();
    let all: Vec<(&str, &str)> = all.iter().map(|at| (at.as_str(), "true")).collect();
    let none = author.post(&draft, &sent(&version, &all)).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.main().contains("至少要有一个条件"), "{}", none.main());
}
