//! Saved rules: versions, conflicts, archiving, and the library that every process sees.

use musubi::app::{App, Rules};
use musubi::domain::ids::StaffId;
use musubi::domain::segment::RulePath;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::Audience;
use musubi::flow::broadcast::{self, Draft};
use musubi::flow::rules::{self, Imported, Origin, Refusal, RuleError, Saving};
use musubi::store;

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

const FILE: &str = "gomi/hirata";

async fn clerk(app: &TestApp, roles: &[Role]) -> StaffMember {
    let staff = app.staff("見本", roles).await;
    StaffMember { id: StaffId(staff.id.0), name: "見本".into(), roles: roles.iter().copied().collect() }
}

fn path(text: &str) -> RulePath {
    RulePath::parse(text).unwrap()
}

async fn save(app: &App, who: &StaffMember, (at, seen): (&str, i64), text: &str) -> Result<i64, RuleError> {
    let (path, is_new) = (path(at), false);
    let saving = Saving { path: &path, text, why: "試し", seen, is_new, origin: Origin::Console };
    rules::save(&app.base(), &app.rules, Some(who), saving).await
}

fn refused<T: std::fmt::Debug>(done: Result<T, RuleError>) -> Refusal {
    match done {
        Err(RuleError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn named(app: &App, name: &str) -> String {
    let text = app.rules.file(FILE).unwrap();
    let first = text.lines().find(|line| line.starts_with("名前")).unwrap();
    text.replace(first, &format!("名前: {name}"))
}

#[tokio::test]
async fn a_save_over_a_file_keeps_the_file_as_version_one_and_holds_at_once_everywhere() {
    let test = TestApp::start().await;
    let (app, editor) = (test.app(), clerk(&test, &[Role::Editor]).await);
    let elsewhere = Rules::of_folder(&app.config.segments_dir, app.catalogue.clone()).unwrap();
    let today = app.clock.today();
    let name =
        |library: &musubi::domain::segment::library::Library| library.get(FILE).unwrap().header.name.clone();
    let before = name(&elsewhere.current(&app.db, today).await.unwrap());

    assert_eq!(save(app, &editor, (FILE, 0), &named(app, "新しい名前")).await.unwrap(), 2);
    assert_eq!(name(&app.library().await.unwrap()), "新しい名前");
    assert_eq!(name(&elsewhere.current(&app.db, today).await.unwrap()), "新しい名前");
    let versions = store::rules::versions(&mut app.db.read().await.unwrap(), FILE).await.unwrap();
    let said: Vec<_> = versions.iter().map(|one| (one.version, one.origin.as_str())).collect();
    assert_eq!(said, [(2, "console"), (1, "file")]);
    assert!(versions[1].text.contains(&before));
}

#[tokio::test]
async fn a_save_on_an_old_version_is_refused_and_an_old_version_comes_back_as_a_new_one() {
    let test = TestApp::start().await;
    let (app, editor) = (test.app(), clerk(&test, &[Role::Editor]).await);
    save(app, &editor, (FILE, 0), &named(app, "二")).await.unwrap();
    let late = save(app, &editor, (FILE, 0), &named(app, "遅い")).await;
    assert!(matches!(refused(late), Refusal::Changed(2)));
    let same = save(app, &editor, (FILE, 2), &named(app, "二")).await;
    assert!(matches!(refused(same), Refusal::Same));

    let back = rules::restore(&app.base(), &app.rules, Some(&editor), (&path(FILE), 1, 2), "戻す").await;
    assert_eq!(back.unwrap(), 3);
    let library = app.library().await.unwrap();
    assert_ne!(library.get(FILE).unwrap().header.name, "二");
}

#[tokio::test]
async fn an_archived_rule_can_not_be_used_although_its_file_is_there_and_comes_back_when_saved() {
    let test = TestApp::start().await;
    let (app, editor) = (test.app(), clerk(&test, &[Role::Editor]).await);
    let base = app.base();
    rules::archive(&base, &app.rules, Some(&editor), (&path(FILE), 0), "使わない").await.unwrap();
    assert!(app.library().await.unwrap().get(FILE).is_none());
    let text = named(app, "もう一度");
    assert_eq!(save(app, &editor, (FILE, 1), &text).await.unwrap(), 2);
    assert!(app.library().await.unwrap().get(FILE).is_some());
}

#[tokio::test]
async fn nobody_saves_without_the_right_or_a_reason_or_with_an_error() {
    let test = TestApp::start().await;
    let (app, editor) = (test.app(), clerk(&test, &[Role::Editor]).await);
    let approver = clerk(&test, &[Role::Approver, Role::Admin]).await;
    let text = named(app, "別の名前");
    assert!(matches!(refused(save(app, &approver, (FILE, 0), &text).await), Refusal::NotAllowed));
    let wrong = text.replace("居住地", "居住池");
    assert!(
        matches!(refused(save(app, &editor, (FILE, 0), &wrong).await), Refusal::Faulty(found) if !found.is_empty())
    );
    let path = path(FILE);
    let saving =
        Saving { path: &path, text: &text, why: " ", seen: 0, is_new: false, origin: Origin::Console };
    let silent = rules::save(&app.base(), &app.rules, Some(&editor), saving.clone()).await;
    assert!(matches!(refused(silent), Refusal::NoReason));
    let taken = Saving { why: "新規", is_new: true, ..saving };
    let taken = rules::save(&app.base(), &app.rules, Some(&editor), taken).await;
    assert!(matches!(refused(taken), Refusal::Taken));
    let stored = store::rules::list(&mut app.db.read().await.unwrap()).await.unwrap();
    assert!(stored.is_empty());
}

#[tokio::test]
async fn files_are_looked_at_first_and_saved_all_or_none() {
    let test = TestApp::start().await;
    let app = test.app();
    let (good, same) = (named(app, "取り込んだ名前"), app.rules.file("gomi/hirata").unwrap().to_owned());
    let read = async |files: &[(RulePath, String)], apply| {
        rules::import(&app.base(), &app.rules, None, files, ("見直し", apply)).await.unwrap()
    };
    let both = [(path(FILE), good.clone()), (path("a/new"), good.replace("居住地", "居住池"))];
    let said = read(&both, true).await;
    assert!(matches!(said.as_slice(), [Imported::Changed, Imported::Faulty(_)]), "{said:?}");
    let nothing = store::rules::list(&mut app.db.read().await.unwrap()).await.unwrap();
    assert!(nothing.is_empty());

    let fine = [(path(FILE), good.clone()), (path("a/new"), good)];
    assert!(matches!(read(&fine, false).await.as_slice(), [Imported::Changed, Imported::New]));
    assert!(matches!(read(&fine, true).await.as_slice(), [Imported::Changed, Imported::New]));
    assert!(matches!(read(&fine, true).await.as_slice(), [Imported::Same, Imported::Same]));
    assert_eq!(app.library().await.unwrap().get("a/new").unwrap().header.name, "取り込んだ名前");
    assert!(matches!(read(&[(path(FILE), same)], true).await.as_slice(), [Imported::Changed]));
}

#[tokio::test]
async fn a_shared_condition_that_others_stand_on_can_not_be_broken() {
    let test = TestApp::start().await;
    let (app, editor) = (test.app(), clerk(&test, &[Role::Editor]).await);
    let head = "名前: 見本\n目的: 見本\n所管: 広報課\n\n対象: すべて\n";
    let shared = format!("{head}  - 年齢 40以上\n");
    assert_eq!(save(app, &editor, ("共通/見本", 0), &shared).await.unwrap(), 1);
    let edition = app.library().await.unwrap().shared().edition("共通/見本").unwrap();
    let user = format!("{head}  - 共通/見本 版 {edition}\n");
    assert_eq!(save(app, &editor, ("a/b", 0), &user).await.unwrap(), 1);
    let changed = shared.replace("40", "50");
    let broken = refused(save(app, &editor, ("共通/見本", 1), &changed).await);
    assert!(matches!(&broken, Refusal::Breaks(rules) if rules == &["a/b"]), "{broken:?}");
    let gone = rules::archive(&app.base(), &app.rules, Some(&editor), (&path("共通/見本"), 1), "不要").await;
    assert!(matches!(refused(gone), Refusal::Breaks(_)));
}

/// Whether a rule is warned of for a series that nobody knows.
async fn is_warned(app: &App, at: &str) -> bool {
    let library = app.library().await.unwrap();
    let file = library.files().iter().find(|file| file.path == at).unwrap();
    file.diagnostics.iter().any(|one| one.code == "W010")
}

#[tokio::test]
async fn a_series_that_staff_added_can_be_named_in_a_rule_and_keeps_out_whoever_got_it() {
    const RULE: &str = "gomi/mihon";
    let office = TestApp::start().await;
    let (app, editor) = (office.app(), office.clerk("見本 起案", &[Role::Editor]).await);
    let people = office.homes(&vec![Home::of("1980-01-01", "hirata-chiku"); 12]).await;
    let text = "名前: 見本\n目的: 見本\n所管: 広報課\n単位: 世帯\n\n対象: すべて\n  - 居住地 平田\n\n\
                除外:\n  - 配信 春の便り 30日以内 1回以上\n";
    let saving =
        Saving { path: &path(RULE), text, why: "試し", seen: 0, is_new: true, origin: Origin::Console };
    rules::save(&app.base(), &app.rules, Some(&editor), saving).await.unwrap();
    assert!(is_warned(app, RULE).await);
    broadcast::add_series(app, &editor, "春の便り", "季節の案内").await.unwrap();
    assert!(!is_warned(app, RULE).await, "every process judges it anew");

    let meant = async || {
        let library = app.library().await.unwrap();
        Audience::of(app, library.get(RULE).unwrap(), "gomi", app.clock.today()).await.unwrap().size()
    };
    assert_eq!(meant().await, 12);
    let draft = Draft { series: "春の便り".to_owned(), ..to_everyone("春です") };
    office.approved(draft).await;
    office.step().await;
    assert_eq!((office.got(&people), meant().await), (vec![1], 0));
}
