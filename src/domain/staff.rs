//! Who works at the console, and what each role may do.
//!
//! A member of staff may hold several roles (an auditor no other), yet never approves what they wrote themselves: that
//! is the broadcast's rule, not a role's. A stored word that is no role gives no rights.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ids::StaffId;

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 起案者: writes broadcasts and submits them.
    Editor,
    /// 承認者: approves or returns what others wrote.
    Approver,
    /// 管理者: looks after staff and stops anything.
    Admin,
    /// 監査担当: reads the audit log; changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Editor, Self::Approver, Self::Admin, Self::Auditor];

    /// The word in the database and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// The word staff read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Editor => "起案者",
            Self::Approver => "承認者",
            Self::Admin => "管理者",
            Self::Auditor => "監査担当",
        }
    }

    /// Reads [`Role::as_str`]; `None` for any other word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// The roles of one member of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Reads the stored array of words; anything that is no role is left out.
    #[must_use]
    pub fn read(stored: &Value) -> Self {
        let words = stored.as_array().into_iter().flatten().filter_map(Value::as_str);
        Self(words.filter_map(Role::parse).collect())
    }

    /// The array of words to store.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0.iter().map(|role| role.as_str()).collect()
    }

    /// Whether `role` is among them.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether any of `wanted` is among them.
    #[must_use]
    pub fn has_any(&self, wanted: &[Role]) -> bool {
        wanted.iter().any(|role| self.has(*role))
    }

    /// Those that are among `other`, too.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }

    /// Each of them, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody else can watch what is done with them: who audits may do nothing that is audited.
    #[must_use]
    pub fn keeps_audit_apart(&self) -> bool {
        !self.has(Role::Auditor) || self.0.len() == 1
    }

    /// The labels, joined with 「・」.
    #[must_use]
    pub fn label(&self) -> String {
        self.0.iter().map(|role| role.label()).collect::<Vec<_>>().join("・")
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

/// What a role may be needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Write, test and submit a broadcast.
    Draft,
    /// Approve or return one, and let a held one go on.
    Approve,
    /// Pause or stop what is being sent. Wider than [`Right::Approve`]: stopping is never the dangerous side.
    Halt,
    /// Switch all sending on again.
    SwitchOn,
}

impl Role {
    fn grants(self, right: Right) -> bool {
        match right {
            Right::Draft => self == Self::Editor,
            Right::Approve => self == Self::Approver,
            Right::Halt => self != Self::Auditor,
            Right::SwitchOn => matches!(self, Self::Approver | Self::Admin),
        }
    }
}

/// A member of staff (職員) who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffMember {
    /// Who.
    pub id: StaffId,
    /// The name that colleagues see.
    pub name: String,
    /// What they are trusted with; none means looking only.
    pub roles: Roles,
}

impl StaffMember {
    /// Whether one of the roles grants the right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        Role::ALL.into_iter().any(|role| self.roles.has(role) && role.grants(right))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_role_means_no_right_and_an_administrator_neither_writes_nor_approves() {
        let with = |roles: &[Role]| StaffMember {
            id: StaffId(uuid::Uuid::nil()),
            name: "見本 職員".to_owned(),
            roles: roles.iter().copied().collect(),
        };
        for right in [Right::Draft, Right::Approve, Right::Halt, Right::SwitchOn] {
            assert!(!with(&[]).may(right), "{right:?}");
        }
        assert!(!with(&[Role::Admin]).may(Right::Draft) && !with(&[Role::Admin]).may(Right::Approve));
        assert!(with(&[Role::Editor, Role::Approver]).may(Right::Approve));
        assert!(with(&[Role::Editor]).may(Right::Halt) && !with(&[Role::Auditor]).may(Right::Halt));
        assert!(with(&[Role::Approver]).may(Right::SwitchOn) && with(&[Role::Admin]).may(Right::SwitchOn));
        assert!(!with(&[Role::Editor, Role::Auditor]).may(Right::SwitchOn));
    }

    #[test]
    fn an_unknown_word_gives_no_rights() {
        let roles = Roles::read(&json!(["approver", "root", 1]));
        assert_eq!((roles.has(Role::Approver), roles.label().as_str()), (true, "承認者"));
        assert!(Roles::read(&json!("admin")).is_empty());
        assert_eq!(Roles::read(&roles.to_value()), roles);
    }
}
