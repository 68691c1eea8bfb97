//! Staff at the console, signed in through the real log-in page.

use std::sync::atomic::Ordering;

use musubi::db::Db;
use musubi::domain::ids::StaffId;
use musubi::domain::staff::{Role, Roles};
use musubi::domain::timestamp::Timestamp;
use musubi::store::series;
use musubi::{flow, store};

use super::app::TestApp;
use super::browser::Browser;

/// Every member of staff in a test has this one.
pub const PASSWORD: &str = "shinjiko no shijimi";

/// The cookie of a session, where the console is not on HTTPS.
pub const SESSION: &str = "musubi_staff";

/// Somebody at work.
pub struct Staff {
    /// Their row.
    pub id: StaffId,
    /// What they type to log in.
    pub login: String,
    /// Their own browser, signed in.
    pub browser: Browser,
}

/// The series to which the broadcasts of the tests belong.
pub async fn add_series(db: &Db, by: StaffId) {
    let now = Timestamp::from_millis(0);
    let mut tx = db.write().await.unwrap();
    for name in ["見本", "健診", "ごみ収集"] {
        series::add(&mut tx, (name, ""), by, now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

impl TestApp {
    /// Somebody who drafts (起案者).
    pub async fn editor(&self, name: &str) -> Staff {
        self.staff(name, &[Role::Editor]).await
    }

    /// Somebody who approves (承認者).
    pub async fn approver(&self, name: &str) -> Staff {
        self.staff(name, &[Role::Approver]).await
    }

    /// What a member of staff was told by LINE, as staff and not as a resident.
    pub async fn alarms_of(&self, who: StaffId) -> Vec<String> {
        let found = store::staff::find(&mut self.db().read().await.unwrap(), who).await.unwrap().unwrap();
        let said = self.line().said_to(&found.line_user_id.unwrap());
        said.into_iter().map(|one| one.text).filter(|text| text.contains("職員への連絡")).collect()
    }

    /// Somebody with these roles, signed in.
    pub async fn staff(&self, name: &str, roles: &[Role]) -> Staff {
        let number = 1 + self.staff_count.fetch_add(1, Ordering::Relaxed);
        let login = format!("staff{number}");
        let newcomer = flow::staff::Newcomer {
            login: login.clone(),
            name: name.to_owned(),
            department: "広報課".to_owned(),
            roles: roles.iter().copied().collect::<Roles>(),
            password: PASSWORD.into(),
            line_user_id: None,
        };
        let id = flow::staff::add(&self.app().base(), newcomer).await.unwrap();
        add_series(self.db(), id).await;
        let mut browser = self.browser();
        let door = browser.get("/console/login").await.ok();
        let form = door.form("ログイン").fill("ログイン名", &login).fill("パスワード", PASSWORD);
        let entered = browser.submit(form).await;
        assert!(entered.errors().is_empty() && browser.cookie(SESSION).is_some(), "{}", entered.text());
        Staff { id, login, browser }
    }
}
