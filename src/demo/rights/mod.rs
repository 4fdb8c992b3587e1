//! What a user may do: rights on objects and fields and the system permissions, out of
//! the rows of profiles and permission sets, and which rows are seen (sharing).
//!
//! Applied in one place each: [`view`] makes the schema a user sees, which describes,
//! queries and writes work with; [`sharing`] gives the condition rows must meet.
//! Knows no HTTP.

mod cache;
mod govern;
mod load;
mod plan;
pub mod seed;
pub mod setup;
mod sharing;
mod view;

use std::collections::{HashMap, HashSet};

pub use cache::Askers;
pub use govern::{Govern, field_key, govern};
pub use plan::sharing_model;
pub use sharing::Reach;

/// One thing that may be done to an object's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    Read,
    Create,
    Edit,
    Delete,
    ViewAll,
    ModifyAll,
}

impl Right {
    /// All, with their columns on `ObjectPermissions`.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Read, "PermissionsRead"),
        (Self::Create, "PermissionsCreate"),
        (Self::Edit, "PermissionsEdit"),
        (Self::Delete, "PermissionsDelete"),
        (Self::ViewAll, "PermissionsViewAllRecords"),
        (Self::ModifyAll, "PermissionsModifyAllRecords"),
    ];

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// The rights on one object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectRights(u8);

impl ObjectRights {
    const EVERY: Self = Self(0x3F);

    /// Whether this right is among them.
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    fn add(&mut self, right: Right) {
        self.0 |= right.bit();
    }
}

/// A permission that concerns no single object; named as the columns of `PermissionSet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    ApiEnabled,
    AssignPermissionSets,
    BulkApiHardDelete,
    CanApproveUninstalledApps,
    CustomizeApplication,
    EditEvent,
    EditTask,
    ManageProfilesPermissionsets,
    ManageUsers,
    ModifyAllData,
    ResetPasswords,
    ViewAllData,
    ViewSetup,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ApiEnabled,
        Self::AssignPermissionSets,
        Self::BulkApiHardDelete,
        Self::CanApproveUninstalledApps,
        Self::CustomizeApplication,
        Self::EditEvent,
        Self::EditTask,
        Self::ManageProfilesPermissionsets,
        Self::ManageUsers,
        Self::ModifyAllData,
        Self::ResetPasswords,
        Self::ViewAllData,
        Self::ViewSetup,
    ];

    /// The column that grants it.
    pub fn column(self) -> String {
        format!("Permissions{self:?}")
    }
}

/// What may be done with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldRight {
    Read,
    Edit,
}

/// Everything one user may do, as of a moment.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    system: HashSet<Permission>,
    objects: HashMap<String, ObjectRights>,
    /// Object to field, both as the permission rows name them.
    fields: HashMap<String, HashMap<String, FieldRight>>,
    /// Whose rows count as one's own: oneself, those below in the role hierarchy, and the
    /// queues one is in.
    owners: Vec<String>,
    /// The user's own id.
    user: String,
    /// Nothing is asked: what the org does by itself.
    unlimited: bool,
}

impl Rights {
    /// The rights of the org itself.
    pub fn unlimited() -> Self {
        Self {
            unlimited: true,
            ..Self::default()
        }
    }

    /// Whether a system permission is held.
    pub fn has(&self, permission: Permission) -> bool {
        self.unlimited || self.system.contains(&permission)
    }

    /// What may be done to an object's rows, by its API name; which of them is for sharing
    /// to say.
    pub fn on(&self, object: &str) -> ObjectRights {
        if self.unlimited {
            return ObjectRights::EVERY;
        }
        match govern(object) {
            Govern::Own => self.own(object),
            Govern::By(parent) => {
                let own = self.own(&parent);
                let mut rights = own;
                if own.has(Right::Edit) {
                    rights.add(Right::Create);
                    rights.add(Right::Delete);
                }
                rights
            }
            Govern::Writing(_) if needs_setup(object) && !self.has(Permission::ViewSetup) => {
                ObjectRights::default()
            }
            Govern::Writing(permission) => {
                let mut rights = self.with_writing(self.has(permission));
                if object == "User" {
                    // One's own row, in what is not for administrators: see `sharing`.
                    rights.add(Right::Edit);
                }
                rights
            }
            Govern::Open => self.with_writing(true),
        }
    }

    fn own(&self, object: &str) -> ObjectRights {
        if self.has(Permission::ModifyAllData) {
            return ObjectRights::EVERY;
        }
        let mut rights = self.objects.get(object).copied().unwrap_or_default();
        if self.has(Permission::ViewAllData) {
            rights.add(Right::Read);
            rights.add(Right::ViewAll);
        }
        rights
    }

    fn with_writing(&self, writing: bool) -> ObjectRights {
        let mut rights = ObjectRights::default();
        rights.add(Right::Read);
        if writing {
            for right in [Right::Create, Right::Edit, Right::Delete] {
                rights.add(right);
            }
        }
        if self.has(Permission::ViewAllData) || self.has(Permission::ModifyAllData) {
            rights.add(Right::ViewAll);
        }
        if self.has(Permission::ModifyAllData) {
            rights.add(Right::ModifyAll);
        }
        rights
    }

    /// What may be done with a field, by the name its permission rows use
    /// ([`field_key`]); `None` hides it.
    pub fn on_field(&self, object: &str, key: &str) -> Option<FieldRight> {
        if self.unlimited {
            return Some(FieldRight::Edit);
        }
        self.fields.get(object)?.get(key).copied()
    }
}

/// Objects read with View Setup and Configuration only.
fn needs_setup(object: &str) -> bool {
    matches!(object, "ObjectPermissions" | "FieldPermissions")
}

#[cfg(test)]
mod tests;
