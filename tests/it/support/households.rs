//! Registered households, written straight into the tables: for tests that need many, each a little different.

use musubi::domain::household::PersonStanding;
use musubi::domain::ids::{AccountId, LineUserId, PersonId};
use musubi::store::town::{self, NewAccount, NewConsent, NewPerson};
use serde_json::{Value, json};

use super::app::TestApp;

/// A household to be registered.
#[derive(Clone, Debug)]
pub struct Home {
    /// Facts of the account.
    pub account: Value,
    /// Facts of the friend and the family, the friend first.
    pub persons: Vec<Value>,
}

impl Home {
    /// A friend alone, born on a day, living in a district.
    pub fn of(birth_date: &str, district: &str) -> Self {
        let friend =
            json!({ "relation": "self", "birth_date": birth_date, "sex": "male", "insurance": "shaho" });
        Self { account: json!({ "language": "ja", "district": district }), persons: vec![friend] }
    }

    /// With a parent, called so in messages.
    pub fn with_parent(mut self, birth_date: &str, call_name: Option<&str>) -> Self {
        let mut parent =
            json!({ "relation": "parent", "birth_date": birth_date, "sex": "female", "insurance": "shaho" });
        if let Some(name) = call_name {
            parent["call_name"] = json!(name);
        }
        self.persons.push(parent);
        self
    }

    /// Reading another language.
    pub fn reading(mut self, language: &str) -> Self {
        self.account["language"] = json!(language);
        self
    }
}

impl TestApp {
    /// Registers households; answers whom LINE knows them as, in the same order.
    pub async fn homes(&self, homes: &[Home]) -> Vec<LineUserId> {
        let app = self.app();
        let now = app.clock.now();
        let user = |_: &Home| {
            let user = LineUserId::parse(&format!("U{}", app.chance.uuid_v7(now).simple())).unwrap();
            self.line().know_friend(&user, "見本");
            user
        };
        let users: Vec<_> = homes.iter().map(user).collect();
        let person = |attributes: &Value| NewPerson {
            id: PersonId(app.chance.uuid_v7(now)),
            standing: PersonStanding::Active,
            attributes: attributes.clone(),
            events: Vec::new(),
        };
        let account = |(user, home): (&LineUserId, &Home)| NewAccount {
            id: AccountId(app.chance.uuid_v7(now)),
            line_user_id: user.clone(),
            following: true,
            stopped: false,
            attributes: home.account.clone(),
            declined_topics: json!([]),
            consent: Some(NewConsent {
                version: "1".to_owned(),
                language: "ja".to_owned(),
                withdrawn: false,
            }),
            persons: home.persons.iter().map(person).collect(),
        };
        let accounts: Vec<_> = users.iter().zip(homes).map(account).collect();
        let mut tx = self.db().write().await.unwrap();
        town::insert(&mut tx, &accounts, now).await.unwrap();
        tx.commit().await.unwrap();
        users
    }

    /// The texts that somebody was told, the oldest first.
    pub fn told(&self, user: &LineUserId) -> Vec<String> {
        self.line().said_to(user).into_iter().map(|shown| shown.text).collect()
    }
}
