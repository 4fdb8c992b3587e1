//! Two people changed one record: what each field held, what one of them wants, what it
//! holds now. Pure comparison; who decides, and how, is for others to know.

use jiff::Zoned;
use serde_json::Value;

use super::draft::Draft;
use super::record::{Fields, Record};
use super::schema::{Field, ObjectSchema};
use super::text;
use super::value;

/// One field that somebody changed since the record was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// API name.
    pub field: String,
    /// The field's label.
    pub label: String,
    /// What it held; `None` where that was never read.
    pub was: Option<String>,
    /// What the form has for it; `None` where the form leaves it alone.
    pub mine: Option<String>,
    /// What it holds now.
    pub theirs: String,
    /// Who changed it.
    pub by: By,
}

/// Who changed a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Only the form: it can be saved without touching anybody's change.
    Me,
    /// Only somebody else: it stays as it is.
    Them,
    /// Both, to different values: somebody must choose.
    Both,
}

/// Every field that differs between `was` and the form, or between `was` and the record as
/// it is now, which the form stands on. Both having changed it to the same is no difference.
pub fn three_way(
    was: &Record,
    form: &Draft,
    schema: &ObjectSchema,
    now: &Zoned,
) -> Vec<Difference> {
    let Some(theirs) = form.base() else {
        return Vec::new();
    };
    let sides = Sides {
        was,
        form,
        theirs,
        now,
    };
    let fields = schema.fields.iter();
    fields.filter_map(|field| sides.difference(field)).collect()
}

/// Takes out of the form what was put there and is what the record held: it is no change,
/// and sent it would undo somebody else's.
pub fn drop_unchanged(was: &Record, form: &mut Draft, schema: &ObjectSchema, now: &Zoned) {
    let idle: Vec<String> = schema
        .fields
        .iter()
        .filter(|field| form.is_touched(&field.api_name))
        .filter(|field| {
            let held = was.fields.get(&field.api_name);
            let mine = form.value(field, now);
            matches!((held, mine), (Some(held), Ok(mine)) if value::same(field, held, &mine))
        })
        .map(|field| field.api_name.clone())
        .collect();
    idle.iter().for_each(|name| form.revert(name));
}

/// The same of a write that was refused: its fields, what they held when it was made, and
/// what they hold now. Fields that nobody else changed are among them, as mine alone.
pub fn of_refused(
    (fields, base): (&Fields, &Fields),
    theirs: &Record,
    schema: Option<&ObjectSchema>,
    now: &Zoned,
) -> Vec<Difference> {
    let of = |(name, mine): (&String, &Value)| {
        let field = schema.and_then(|schema| schema.field(name));
        let same = |left: &Value, right: &Value| match field {
            Some(field) => value::same(field, left, right),
            None => left == right,
        };
        let held = base.get(name);
        let now_held = theirs.fields.get(name).unwrap_or(&Value::Null);
        let show = |held: &Value| match field {
            Some(field) => value::display(field, Some(held), now),
            None => plain(held),
        };
        if same(mine, now_held) {
            return None;
        }
        let moved = held.is_none_or(|held| !same(held, now_held));
        Some(Difference {
            field: name.clone(),
            label: field.map_or(name.as_str(), Field::title).to_owned(),
            was: held.map(show),
            mine: Some(show(mine)),
            theirs: show(now_held),
            by: if moved { By::Both } else { By::Me },
        })
    };
    fields.iter().filter_map(of).collect()
}

struct Sides<'a> {
    was: &'a Record,
    form: &'a Draft,
    theirs: &'a Record,
    now: &'a Zoned,
}

impl Sides<'_> {
    fn difference(&self, field: &Field) -> Option<Difference> {
        let name = field.api_name.as_str();
        let was = self.was.fields.get(name);
        let theirs = self.theirs.fields.get(name);
        let now_held = theirs.unwrap_or(&Value::Null);
        let mine = self
            .form
            .is_touched(name)
            .then(|| self.form.value(field, self.now));
        let differs = |held: Option<&Value>, value: &Value| {
            held.is_none_or(|held| !value::same(field, held, value))
        };
        let agreed = matches!(&mine, Some(Ok(mine)) if !differs(Some(now_held), mine));
        if agreed {
            return None;
        }
        let i_changed = match &mine {
            None => false,
            Some(Ok(mine)) => differs(was, mine),
            // What cannot be read yet is surely not what the record held.
            Some(Err(_)) => true,
        };
        // What was not read on both sides tells of no change, unless it is mine, too.
        let known = was.is_some() && theirs.is_some();
        let they_changed = match was {
            Some(was) => theirs.is_some() && differs(Some(was), now_held),
            None => i_changed,
        };
        let by = match (i_changed, they_changed) {
            (true, true) => By::Both,
            (true, false) => By::Me,
            (false, true) if known && field.updateable => By::Them,
            _ => return None,
        };
        Some(Difference {
            field: name.to_owned(),
            label: text::line(field.title()).into_owned(),
            was: was.map(|_| value::in_record(field, self.was, self.now)),
            mine: i_changed.then(|| text::line(&self.form.text(field, self.now)).into_owned()),
            theirs: value::in_record(field, self.theirs, self.now),
            by,
        })
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text::line(text).into_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testkit::{contact, lena, now};
    use serde_json::json;

    /// What each side puts into the title; an empty text leaves it alone.
    fn compared(mine: &str, theirs: &str) -> Vec<(By, Option<String>, String)> {
        let (was, schema) = (lena(), contact());
        let mut newer = was.clone();
        if !theirs.is_empty() {
            newer.fields.insert("Title".to_owned(), json!(theirs));
        }
        let mut draft = Draft::update(newer);
        if !mine.is_empty() {
            draft.type_text("Title", mine);
        }
        drop_unchanged(&was, &mut draft, &schema, &now());
        three_way(&was, &draft, &schema, &now())
            .into_iter()
            .map(|found| (found.by, found.mine, found.theirs))
            .collect()
    }

    #[test]
    fn who_changed_a_field_decides_what_becomes_of_it() {
        let was = "Head of IT";
        let told = |by, mine: Option<&str>, theirs: &str| {
            vec![(by, mine.map(str::to_owned), theirs.to_owned())]
        };
        assert_eq!(compared("", ""), []);
        assert_eq!(compared("CIO", ""), told(By::Me, Some("CIO"), was));
        assert_eq!(compared("", "CTO"), told(By::Them, None, "CTO"));
        assert_eq!(compared("CIO", "CTO"), told(By::Both, Some("CIO"), "CTO"));
        assert_eq!(compared("CTO", "CTO"), [], "the same from both");
        assert_eq!(
            compared(was, "CTO"),
            told(By::Them, None, "CTO"),
            "typed back to how it was is no change of mine"
        );
    }

    #[test]
    fn what_was_never_read_is_no_excuse_to_overwrite() {
        let schema = contact();
        let mut was = lena();
        was.fields.remove("Title");
        let mut draft = Draft::update(lena());
        draft.type_text("Title", "CIO");
        let found = three_way(&was, &draft, &schema, &now());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].by, found[0].was.as_deref()), (By::Both, None));
    }

    #[test]
    fn a_refused_write_tells_its_three_values() {
        let fields = json!({"Title": "CIO", "Email": "a@example.com", "LeadSource": "Web"});
        let base = json!({"Title": "Head of IT", "Email": "b@example.com", "LeadSource": null});
        let held = json!({"Title": "CTO", "Email": "b@example.com", "LeadSource": "Web"});
        let map = |value: Value| value.as_object().cloned().unwrap();
        let theirs = Record {
            fields: map(held),
            ..lena()
        };
        let found = of_refused((&map(fields), &map(base)), &theirs, None, &now());
        let told: Vec<_> = found
            .iter()
            .map(|it| {
                (
                    it.field.as_str(),
                    it.by,
                    it.was.as_deref(),
                    it.theirs.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("Title", By::Both, Some("Head of IT"), "CTO"),
                ("Email", By::Me, Some("b@example.com"), "b@example.com"),
            ]
        );
    }
}
