//! The examples of `docs/api.md` are run as they stand there, from top to bottom.

use std::process::Command;

use musubi::domain::staff::Role;

use super::client::Client;
use crate::support::TestApp;

const MANUAL: &str = include_str!("../../../docs/api.md");

/// The shell examples, in their order.
fn examples() -> String {
    let blocks = MANUAL.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_manual_work() {
    let app = TestApp::start().await;
    app.many_friends(12).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let second = app.clerk("見本 承認二", &[Role::Approver]).await;
    let token = async |member| Client::of(&app, member).await.token.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &examples()]).current_dir(folder.path());
    shell.env("MUSUBI", app.url("")).env("NO_PROXY", "*");
    shell.env("AUTHOR", token(&author).await).env("APPROVER", token(&approver).await);
    shell.env("SECOND_APPROVER", token(&second).await);
    let done = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let id: String = std::fs::read_to_string(folder.path().join("id")).unwrap().trim().to_owned();
    let id = musubi::domain::ids::BroadcastId::parse(&id).unwrap();
    assert_eq!(app.broadcast(id).await.state, musubi::domain::broadcast::State::Approved, "{said}");
    app.step().await;
}
