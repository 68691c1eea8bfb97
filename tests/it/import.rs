//! What the city knows comes in by a CSV file: looked at first, written when told to.

use std::path::PathBuf;

use encoding_rs::SHIFT_JIS;
use musubi::domain::household::PersonStanding;
use musubi::domain::ids::LineUserId;
use musubi::flow::import::{self, Desk, Encoding, ImportError, Options, Report};
use musubi::store::accounts;
use musubi::store::households::{self, Stored};

use super::support::TestApp;

const LOOK: Options = Options { apply: false, skip_errors: false };
const APPLY: Options = Options { apply: true, skip_errors: false };

async fn registered(app: &TestApp, name: &str) -> LineUserId {
    let friend = app.friend(name).await;
    let mut browser = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = browser.post("/liff/session", &[("id_token", &token)]).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市").set("p0.birth_date.y", "19860401");
    browser.submit(form.tick("上の内容に同意します")).await.ok();
    friend.id
}

async fn household(app: &TestApp, user: &LineUserId) -> Stored {
    let mut tx = app.db().read().await.unwrap();
    let id = accounts::find_by_line_user(&mut tx, user).await.unwrap().unwrap().id;
    households::find(&mut tx, &app.app().catalogue, id).await.unwrap().unwrap()
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("residents.csv");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

async fn import(app: &TestApp, bytes: &[u8], options: Options) -> Result<Report, ImportError> {
    let (_folder, path) = file(bytes);
    let app = app.app();
    let desk = Desk { db: &app.db, catalogue: &app.catalogue, clock: &app.clock, chance: &app.chance };
    import::run(&desk, &path, options, &mut |_| ()).await
}

fn counts(report: &Report) -> [u64; 5] {
    [report.new, report.changed, report.unchanged, report.unregistered, report.wrong]
}

#[tokio::test]
async fn a_file_is_looked_at_first_then_written_and_a_second_time_changes_nothing() {
    let app = TestApp::start().await;
    let user = registered(&app, "見本 花子").await;
    let text = format!(
        "宛名番号,line_user_id,健康保険,生年月日,居住地\r\nA-1,{},国保,S61.4.2,\"大津\"\r\nA-2,,社保,,\r\n",
        user.as_str()
    );
    let (cp932, ..) = SHIFT_JIS.encode(&text);
    let looked = import(&app, &cp932, LOOK).await.unwrap();
    assert_eq!(
        (looked.encoding, counts(&looked), looked.is_applied),
        (Encoding::Cp932, [1, 0, 0, 1, 0], false)
    );
    assert_eq!(household(&app, &user).await.household.account.choice("district"), Some("imaichi"));

    let done = import(&app, &cp932, APPLY).await.unwrap();
    assert_eq!((counts(&done), done.is_applied), ([1, 0, 0, 1, 0], true));
    let stored = household(&app, &user).await.household;
    assert_eq!(stored.account.choice("district"), Some("otsu"));
    assert_eq!(stored.friend().unwrap().facts.choice("insurance"), Some("kokuho"));
    assert_eq!(stored.friend().unwrap().facts.date("birth_date").unwrap().to_string(), "1986-04-02");
    assert_eq!(counts(&import(&app, &cp932, APPLY).await.unwrap()), [0, 0, 1, 1, 0]);
}

#[tokio::test]
async fn a_file_with_broken_rows_names_line_and_column_and_writes_nothing() {
    let app = TestApp::start().await;
    let user = registered(&app, "見本 花子").await;
    let user = user.as_str();
    let text = format!(
        "city_person_key,line_user_id,保険,生年月日\nA-1,{user},国保,\n\"A-\n1\",,社保,\nA-3,,国,1986-13-01\n\
         A-4,U12,,\nA-5,,社保\nA-1,,社保,\n,,社保,\n"
    );
    let report = import(&app, text.as_bytes(), APPLY).await.unwrap();
    let told: Vec<_> = report.problems.iter().map(|one| (one.line, one.column.as_str())).collect();
    let expected = [
        (3, "city_person_key"),
        (5, "保険"),
        (5, "生年月日"),
        (6, "line_user_id"),
        (7, ""),
        (8, "city_person_key"),
        (9, ""),
    ];
    assert_eq!(told, expected);
    assert!(
        report.problems.iter().all(|one| !one.message.contains("1986-13") && !one.message.contains("U12"))
    );
    assert!(!report.is_applied);

    let skipping = Options { skip_errors: true, ..APPLY };
    let report = import(&app, text.as_bytes(), skipping).await.unwrap();
    assert_eq!((report.is_applied, counts(&report)), (true, [1, 0, 0, 0, 6]));
}

#[tokio::test]
async fn a_header_with_unknown_columns_is_refused_as_a_whole() {
    let app = TestApp::start().await;
    let refused = import(&app, "名前,保険,関心分野\n見本,国保,健診\n".as_bytes(), LOOK).await.unwrap_err();
    let ImportError::Header(problems) = refused else { panic!("{refused}") };
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(matches!(import(&app, b"", LOOK).await, Err(ImportError::Table(_))));
    assert!(matches!(import(&app, b"\x80\xff", LOOK).await, Err(ImportError::Table(_))));
}

#[tokio::test]
async fn who_moved_away_or_died_is_marked_and_the_marks_go_into_the_logs() {
    let app = TestApp::start().await;
    let user = registered(&app, "見本 花子").await;
    let text = format!("line_user_id,異動,保険\n{},死亡,-\n", user.as_str());
    import(&app, text.as_bytes(), APPLY).await.unwrap();
    let stored = household(&app, &user).await.household;
    assert_eq!(stored.friend().unwrap().standing, PersonStanding::Deceased);
    assert!(stored.always_excluded(None).is_some());
    let all = app.everything().await;
    let has = |place: &str, text: &str| all.iter().any(|(at, value)| at == place && value.contains(text));
    assert!(has("change_log.kind", "imported") && has("change_log.fields", "standing"));
    assert!(has("audit_entry.action", "residents.imported"));
    assert!(!has("audit_entry.detail", user.as_str()) && !has("change_log.fields", "死亡"));
}

#[tokio::test]
async fn a_key_that_belongs_to_somebody_else_is_a_problem_not_a_guess() {
    let app = TestApp::start().await;
    let (one, two) = (registered(&app, "見本 一").await, registered(&app, "見本 二").await);
    let tie = format!("city_person_key,line_user_id\nA-1,{}\n", one.as_str());
    import(&app, tie.as_bytes(), APPLY).await.unwrap();
    let text = format!("city_person_key,line_user_id\nA-1,{}\n", two.as_str());
    assert_eq!(counts(&import(&app, text.as_bytes(), LOOK).await.unwrap()), [0, 0, 0, 0, 1]);
    let other = format!("city_person_key,line_user_id\nA-9,{}\n", one.as_str());
    assert_eq!(counts(&import(&app, other.as_bytes(), LOOK).await.unwrap()), [0, 0, 0, 0, 1]);
}

#[tokio::test]
async fn a_row_of_a_friend_who_registered_nothing_fills_in_nothing() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let text = format!("line_user_id,保険\n{},国保\n", friend.id.as_str());
    assert_eq!(counts(&import(&app, text.as_bytes(), APPLY).await.unwrap()), [0, 0, 0, 1, 0]);
    assert!(household(&app, &friend.id).await.household.persons.is_empty());
}

/// A file of `rows` people, the first of them being the one who is registered.
fn long_file(user: &LineUserId, rows: usize) -> String {
    let row = |at: usize| match at {
        1 => format!("A-1,{},国保\n", user.as_str()),
        _ => format!("A-{at},,社保\n"),
    };
    std::iter::once("宛名番号,line_user_id,保険\n".to_owned()).chain((1..=rows).map(row)).collect()
}

#[tokio::test]
async fn a_database_that_is_away_before_the_import_is_said_and_nothing_is_written() {
    let app = TestApp::start().await;
    let user = registered(&app, "見本 花子").await;
    let text = long_file(&user, 3);
    app.db().close().await;
    let error = import(&app, text.as_bytes(), APPLY).await.unwrap_err();
    assert!(matches!(error, ImportError::Db { line: 1, .. }), "{error}");
    assert!(
        error.to_string().starts_with("データベースにつながりません。まだ何も反映していません"),
        "{error}"
    );
}

#[tokio::test]
async fn an_area_is_answered_with_its_districts_and_a_date_of_another_age_with_the_range() {
    let app = TestApp::start().await;
    let text = "宛名番号,居住地,生年月日\nA-1,佐田,\nA-2,,1861-04-01\nA-3,,2999-01-01\n";
    let report = import(&app, text.as_bytes(), LOOK).await.unwrap();
    let told: Vec<_> = report.problems.iter().map(|one| one.message.as_str()).collect();
    let range = "1900年から今日までの日付で書いてください";
    assert_eq!(told, ["佐田は地域の名前です。地区(須佐、窪田)で書いてください", range, range]);
}
