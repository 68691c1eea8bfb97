//! Building, saving and comparing rules, through the forms as a browser without JavaScript sends them.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use musubi::domain::staff::Role;

use super::office::{Browser, Office, Page};
use super::sheet::{Sheet, edited, town};

const FILE: &str = "gomi/hirata";

#[tokio::test]
async fn a_rule_is_built_by_buttons_counted_saved_and_shown() {
    let office = Office::open().await;
    town(&office).await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = Sheet::of(&browser.get("/console/rules/new").await);
    let sheet = sheet.fill("path", "kenshin/shiken").fill("h.name", "試験").fill("h.purpose", "見本");
    let sheet = sheet.fill("h.owner", "広報課").fill("add.0", "age").next(&browser, "add:0").await;
    let sheet = sheet.fill("n.0.0.from", "４０").fill("n.0.0.to", "74").fill("add.0", "attribute:insurance");
    let sheet = sheet.next(&browser, "add:0").await.tick("n.0.1.values", "v:kokuho");
    let page = sheet.press(&browser, "refresh").await;
    assert!(page.words("#s-0-1 .figure-line").starts_with("残り"), "{}", page.words("#builder"));
    assert!(
        page.words("#s-0-0 .node-dates").contains("(1951-07-02〜1986-07-01)"),
        "{}",
        page.words("#s-0-0")
    );
    assert_ne!(page.words("#totals .main dd"), "0 人");
    let sheet = Sheet::of(&page);
    assert!(sheet.text().contains("対象: すべて\n  - 年齢 40〜74\n  - 保険 国保\n"), "{}", sheet.text());

    // 保険 needs a basis: what is wrong stands at the condition, and nothing is saved.
    let refused = sheet.fill("why", "新しい").press(&browser, "save").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words("#s-0-1 .error").contains("根拠がありません"), "{}", refused.words("#refused"));
    let saved = Sheet::of(&refused).fill("h.basis", "要綱").press(&browser, "save").await;
    assert_eq!(saved.goes_to(), "/console/segments/kenshin/shiken", "{}", saved.words("#refused"));
    let page = browser.get("/console/segments/kenshin/shiken").await;
    assert_eq!(page.words("h1"), "試験");
    assert!(browser.get("/console/segments").await.words("tbody").contains("版1"));
    assert!(office.app.library().await.unwrap().get("kenshin/shiken").is_some());
}

#[tokio::test]
async fn every_rule_that_ships_comes_back_from_the_form_as_it_was() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let library = office.app.library().await.unwrap();
    for file in library.files() {
        let sheet = edited(&browser, &file.path).await;
        let again = sheet.next(&browser, "refresh").await;
        let canonical = musubi::domain::segment::text::parse(&file.text, &office.app.catalogue).unwrap();
        let canonical = musubi::domain::segment::text::print(&canonical, &office.app.catalogue);
        assert_eq!(again.text().trim_end(), canonical.trim_end(), "{}", file.path);
    }
}

#[tokio::test]
async fn conditions_move_nest_and_go_by_buttons() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let text = "名前: 動く\n目的: 見本\n所管: 広報課\n\n対象: すべて\n  - 年齢 40以上  # 注記\n  - 居住地 平田, 今市\n  - いずれか\n    - 性別 女性\n\n除外:\n  - 家族のだれか\n    - 年齢 3以下\n";
    let sheet = Sheet::of(&browser.get("/console/rules/new").await).fill("text", text);
    let sheet = sheet.next(&browser, "read").await;
    assert_eq!(sheet.text(), text);
    let said = |sheet: &Sheet| {
        let text = sheet.text();
        let (_, rest) = text.split_once("対象: ").unwrap();
        rest.trim_end().to_owned()
    };
    let sheet = sheet.next(&browser, "up:0.1").await;
    assert!(
        said(&sheet).starts_with("すべて\n  - 居住地 平田, 今市\n  - 年齢 40以上  # 注記\n"),
        "{}",
        said(&sheet)
    );
    let sheet = sheet.next(&browser, "in:0.1").await;
    assert!(
        said(&sheet).contains("  - いずれか\n    - 年齢 40以上  # 注記\n    - 性別 女性"),
        "{}",
        said(&sheet)
    );
    let sheet = sheet.next(&browser, "out:0.1.1").await;
    let sheet = sheet.next(&browser, "wrap:0.0").await;
    assert!(said(&sheet).starts_with("すべて\n  - いずれか\n    - 居住地 平田, 今市\n  - いずれか\n    - 年齢 40以上  # 注記\n  - 性別 女性"), "{}", said(&sheet));
    let sheet = sheet.next(&browser, "remove:1.0").await.next(&browser, "down:0.1").await;
    assert!(
        said(&sheet).ends_with("  - 性別 女性\n  - いずれか\n    - 年齢 40以上  # 注記"),
        "{}",
        said(&sheet)
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = Sheet::of(&browser.get("/console/rules/new").await).fill("add.0", "age");
    let sheet = sheet.next(&browser, "add:0").await.fill("n.0.0.from", "四十").fill("h.name", "見本 #1");
    let page = sheet.press(&browser, "refresh").await;
    assert!(page.words("#e-0-0 .error").contains("読み取れません"), "{}", page.words("#e-0-0"));
    assert!(page.words("#he-name .error").contains("#"), "{}", page.words("#he-name"));
    assert_eq!(page.attribute("#n-0-0-from", "aria-invalid").as_deref(), Some("true"));
    assert!(page.words("#totals").contains("条件に誤りがあるため数えられません"));
    let sheet = Sheet::of(&page);
    assert_eq!((sheet.get("n.0.0.from"), sheet.get("h.name")), ("四十", "見本 #1"));

    let text = sheet.text().replace("年齢", "年例");
    let page = sheet.fill("text", &text).press(&browser, "read").await;
    assert!(page.words("#troubles").contains("もしかして「年齢」"), "{}", page.words("#troubles"));
    assert!(
        page.all_words("#troubles code").contains(&"- 年例 四十以上".to_owned()),
        "{}",
        page.words("#troubles")
    );
    let sheet = Sheet::of(&page);
    assert_eq!((sheet.text(), sheet.get("n.0.0.from")), (text.clone(), "四十"));
    // A button of the form keeps the text that nobody has read yet, and saving is refused with both.
    let sheet = sheet.next(&browser, "row_add").await;
    assert_eq!(sheet.text(), text);
    let page = sheet.fill("why", "試し").fill("path", "a/b").press(&browser, "save").await;
    assert!(
        page.words("#refused").contains("まだフォームに読み込まれていません"),
        "{}",
        page.words("#refused")
    );
    let sheet = Sheet::of(&page).next(&browser, "drop_text").await;
    assert!(sheet.text().contains("年齢 四十"), "{}", sheet.text());
}

#[tokio::test]
async fn an_empty_form_blames_nobody_until_it_is_to_be_saved() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let page = browser.get("/console/rules/new").await;
    assert_eq!(page.all_words("form [aria-invalid=true], form .field .error, .node-said .error"), [""; 0]);
    let sheet = Sheet::of(&page).fill("h.name", "名前だけ").fill("path", "shiken/x").fill("why", "試し");
    let page = sheet.press(&browser, "save").await;
    assert_eq!(
        (page.words("#he-name .error"), page.words("#he-owner .error")),
        ("".into(), "所管を入力してください。".into())
    );
    assert!(page.words("#e-0").contains("条件がありません。下の「追加」"), "{}", page.words("#e-0"));
    // And it stays said while the rest is filled in.
    let page = Sheet::of(&page).press(&browser, "refresh").await;
    assert_eq!(page.words("#he-owner .error"), "所管を入力してください。");
    let page = Sheet::of(&page).fill("add.0", "group").press(&browser, "add:0").await;
    assert!(page.words("#e-0-0").starts_with("グループに条件がありません"), "{}", page.words("#e-0-0"));
}

#[tokio::test]
async fn a_save_over_somebody_elses_version_shows_the_difference_and_keeps_what_was_typed() {
    let office = Office::open().await;
    let tanaka = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sato = office.somebody("sato", "見本 花子", &[Role::Editor]).await;
    let (mine, theirs) = (edited(&tanaka, FILE).await, edited(&sato, FILE).await);
    let done = theirs.fill("h.name", "花子の名前").fill("why", "先に").press(&sato, "save").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words("#refused"));
    let refused = mine.fill("h.name", "太郎の名前").fill("why", "後から").press(&tanaka, "save").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words("#refused .gone").contains("花子の名前"), "{}", refused.words("#refused"));
    assert!(refused.words("#refused .new").contains("太郎の名前"));
    let sheet = Sheet::of(&refused);
    assert_eq!((sheet.get("h.name"), sheet.get("why")), ("太郎の名前", "後から"));
    let saved = sheet.next(&tanaka, "rebase").await.press(&tanaka, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words("#refused"));

    let list = sato.get(&format!("/console/rules/versions/{FILE}")).await;
    assert!(list.words(".versions").contains("版3") && list.words(".versions").contains("後から"));
    assert!(list.words(".versions").contains("見本 太郎"), "{}", list.words(".versions"));
    let compared = sato.get(&format!("/console/rules/compare/{FILE}?from=2&to=3")).await;
    assert!(compared.words(".diff .gone").contains("花子の名前"));
    assert!(compared.words("main").contains("届く人数の違い"), "{}", compared.words("main"));
    let back = [("version", "1"), ("seen", "3"), ("why", "元に戻す")];
    let back = sato.post(&format!("/console/rules/restore/{FILE}"), &back).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.words("main"));
    let name = sato.get(&format!("/console/segments/{FILE}")).await.words("h1");
    assert!(!name.contains("花子") && !name.contains("太郎"), "{name}");
    let audit = office.somebody("kansa", "見本 三", &[Role::Auditor]).await.get("/console/audit").await;
    assert!(audit.words("main").contains("条件を保存") && audit.words("main").contains("元に戻す"));
}

#[tokio::test]
async fn somebody_made_up_is_judged_with_the_condition_that_decided_and_becomes_an_example() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = edited(&browser, "kenshin/gan/nyu").await;
    let before = sheet.text().matches("| 基準日").count();
    let sheet =
        sheet.fill("t.as_of", "2026-07-01").fill("t.f.birth_date", "昭和61年4月1日").fill("t.f.sex", "女性");
    let page = sheet.press(&browser, "try").await;
    assert!(page.words("#tried").starts_with("対象外"), "{}", page.words("#tried"));
    assert!(page.words("#tried").contains("年度到達年齢"), "{}", page.words("#tried"));
    let missing = Sheet::of(&page)
        .fill("t.f.birth_date", "1986-04-02")
        .fill("t.f.sex", "")
        .press(&browser, "try")
        .await;
    assert!(missing.words("#tried").contains("不明 性別が分かりません"), "{}", missing.words("#tried"));
    let sheet = Sheet::of(&page).next(&browser, "try_add").await;
    let text = sheet.text();
    assert_eq!(text.matches("| 基準日").count(), before + 1);
    assert!(
        text.trim_end().ends_with("対象外 | 基準日 2026-07-01 | 生年月日 1986-04-01 | 性別 女性"),
        "{text}"
    );
    let sheet = sheet.fill("x.0.expect", "unknown");
    let page = sheet.press(&browser, "refresh").await;
    assert!(page.words("#v-x-0").contains("不一致"), "{}", page.words("#v-x-0"));
}

#[tokio::test]
async fn samples_are_masked_and_say_why() {
    let office = Office::open().await;
    town(&office).await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let page = edited(&browser, "kenshin/tokutei").await.press(&browser, "samples").await;
    let said = page.words("#samples");
    assert!(said.contains("対象外") && said.contains("に当てはまらない"), "{said}");
    assert!(
        page.all_words("#samples tbody th").iter().all(|id| id.starts_with('…') && id.chars().count() == 7)
    );
    let dates = said.split_whitespace().filter(|word| word.len() == 10 && word.matches('-').count() == 2);
    assert_eq!(dates.count(), 0, "{said}");
}

#[tokio::test]
async fn a_rule_goes_out_as_a_file_and_comes_in_as_a_form() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let file = browser.get(&format!("/console/rules/file/{FILE}")).await;
    assert!(
        file.header("content-disposition").ends_with("hirata.seg"),
        "{}",
        file.header("content-disposition")
    );
    assert_eq!(Some(file.text.as_str()), office.app.rules.file(FILE));
    let changed = file.text.replace("名前: ", "名前: 新しい");
    let page = upload(&browser, "hirata.seg", changed.as_bytes()).await;
    let sheet = Sheet::of(&page);
    assert_eq!((sheet.get("path"), page.status), (FILE, StatusCode::OK));
    assert!(sheet.get("h.name").starts_with("新しい"));
    let saved = sheet.press(&browser, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words("#refused"));
    assert!(
        browser.get(&format!("/console/rules/versions/{FILE}")).await.words(".versions").contains("取り込み")
    );
    let odd = upload(&browser, "x.seg", b"\xff\xfe").await;
    assert!(odd.words("#file-error").contains("UTF-8"), "{}", odd.words("main"));
    let wrong = upload(&browser, "x.seg", "なまえ: x\n".as_bytes()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.words("#troubles").contains("もしかして「名前」"), "{}", wrong.words("#troubles"));
    assert!(Sheet::of(&wrong).text().contains("なまえ: x"));
}

async fn upload(browser: &Browser, name: &str, bytes: &[u8]) -> Page {
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    let request =
        Request::post("/console/rules/import").header("content-type", "multipart/form-data; boundary=b");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_rule_out_of_use_can_not_be_chosen_and_comes_back() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let at = format!("/console/rules/archive/{FILE}");
    assert!(browser.get(&at).await.words("main").contains("版はすべて残り"));
    let silent = browser.post(&at, &[("seen", "0"), ("why", "")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = browser.post(&at, &[("seen", "0"), ("why", "終わった")]).await;
    assert_eq!(gone.goes_to(), "/console/segments");
    let kept = format!("/console/rules/versions/{FILE}");
    assert_eq!(browser.get(&format!("/console/segments/{FILE}")).await.goes_to(), kept);
    let nowhere = browser.get("/console/segments/nai/nai").await;
    assert_eq!((nowhere.status, nowhere.words("main a")), (StatusCode::NOT_FOUND, "条件の一覧へ".to_owned()));
    assert!(browser.get("/console/segments").await.words("main").contains("使わないことにした条件"));
    let back = [("version", "1"), ("seen", "1"), ("why", "また使う")];
    browser.post(&format!("/console/rules/restore/{FILE}"), &back).await;
    assert_eq!(browser.get(&format!("/console/segments/{FILE}")).await.status, StatusCode::OK);
}
