//! Words that may stand where the cursor is in a query: objects, fields, keywords. Read
//! from the describes at hand; says which ones are missing.

use crate::app::input::Input;
use crate::app::org::Org;
use crate::domain::schema::{FieldType, ObjectSchema};
use crate::domain::soql::typed::{self, Wanted, What};

/// Most words offered at once.
const MOST: usize = 50;

/// One word offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is put into the line.
    pub word: String,
    /// What it is.
    pub about: String,
}

/// The words offered, and the one that Tab takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// Best first.
    pub words: Vec<Offer>,
    /// The chosen one.
    pub chosen: usize,
    wanted: Option<Wanted>,
}

impl Offers {
    /// Chooses another one, round and round.
    pub fn turn(&mut self, by: isize) {
        let count = isize::try_from(self.words.len()).unwrap_or(0);
        let at = isize::try_from(self.chosen).unwrap_or(0) + by;
        self.chosen = usize::try_from(at.checked_rem_euclid(count).unwrap_or(0)).unwrap_or(0);
    }

    /// Looks anew; returns the objects whose describes are missing.
    pub fn look(&mut self, line: &Input, org: &Org) -> Vec<String> {
        let soql = line.text();
        let wanted = typed::wanted(&soql, line.byte());
        let mut missing = Vec::new();
        let words = match &wanted {
            Some(wanted) => words(wanted, &soql, org, &mut missing),
            None => Vec::new(),
        };
        let kept = self
            .words
            .get(self.chosen)
            .filter(|_| self.wanted == wanted);
        self.chosen = kept
            .and_then(|kept| words.iter().position(|word| word == kept))
            .unwrap_or_default();
        (self.words, self.wanted) = (words, wanted);
        missing
    }

    /// The line with the chosen word in it, and the byte behind that word.
    pub fn taken(&self, line: &Input) -> Option<(String, usize)> {
        let wanted = self.wanted.as_ref()?;
        let offer = self.words.get(self.chosen)?;
        let mut text = line.text();
        let end = wanted.start + wanted.typed.len();
        // A relationship is typed on, a bracket too; behind anything else comes a blank.
        let open = offer.word.ends_with(['.', '(']) || matches!(wanted.what, What::Field { .. });
        let stands = text.get(end..).is_some_and(|rest| rest.starts_with(' '));
        let blank = if open || stands { "" } else { " " };
        let word = format!("{}{blank}", offer.word);
        text.replace_range(wanted.start..end, &word);
        Some((text, wanted.start + word.len()))
    }
}

fn words(wanted: &Wanted, soql: &str, org: &Org, missing: &mut Vec<String>) -> Vec<Offer> {
    let typed = wanted.typed.to_lowercase();
    let all = match &wanted.what {
        What::Object => objects(org),
        What::Field { object, path } => match schema(object, path, soql, org, missing) {
            Some(schema) => fields(schema),
            None => Vec::new(),
        },
        What::Word(words) => words
            .iter()
            .map(|word| offer(word, String::new()))
            .collect(),
    };
    // A word typed in full needs no offer.
    let mut found: Vec<(bool, Offer)> = all
        .into_iter()
        .filter(|offer| offer.word.to_lowercase() != typed)
        .filter_map(|offer| {
            let word = offer.word.to_lowercase();
            let starts = word.starts_with(&typed);
            let fits = starts || (typed.len() > 1 && word.contains(&typed));
            fits.then_some((!starts, offer))
        })
        .collect();
    found.sort_by_key(|(is_within, _)| *is_within);
    found.into_iter().map(|(_, it)| it).take(MOST).collect()
}

fn offer(word: &str, about: String) -> Offer {
    Offer {
        word: word.to_owned(),
        about,
    }
}

fn objects(org: &Org) -> Vec<Offer> {
    let objects = org.objects.iter().filter(|object| object.queryable);
    objects
        .map(|object| offer(&object.api_name, object.label.clone()))
        .collect()
}

fn fields(schema: &ObjectSchema) -> Vec<Offer> {
    let fields = schema
        .fields
        .iter()
        .map(|field| offer(&field.api_name, field.label.clone()));
    let parents = schema.fields.iter().filter_map(|field| {
        let name = field.relationship.as_ref()?;
        let to = field.reference_to.join(", ");
        (field.kind == FieldType::Reference).then(|| offer(&format!("{name}."), to))
    });
    fields.chain(parents).collect()
}

/// The object whose fields may stand at the end of a path that starts at `object`, which
/// may be the name of a child query.
fn schema<'a>(
    object: &str,
    path: &[String],
    soql: &str,
    org: &'a Org,
    missing: &mut Vec<String>,
) -> Option<&'a ObjectSchema> {
    let start = match org.object(object) {
        Some(known) => known.api_name.clone(),
        None => {
            let parent = form(
                org.object(typed::object(soql)?)?.api_name.as_str(),
                org,
                missing,
            )?;
            let is_it = |name: &Option<String>| {
                name.as_deref()
                    .is_some_and(|it| it.eq_ignore_ascii_case(object))
            };
            let child = parent.children.iter().find(|it| is_it(&it.relationship))?;
            child.object.clone()
        }
    };
    path.iter()
        .try_fold(form(&start, org, missing)?, |schema, step| {
            let field = schema.fields.iter().find(|field| {
                let name = field.relationship.as_deref();
                name.is_some_and(|name| name.eq_ignore_ascii_case(step))
            })?;
            // Of several objects a name leads to, all have what `Name` has.
            let to = field.reference_to.first()?;
            form(to, org, missing)
        })
}

fn form<'a>(object: &str, org: &'a Org, missing: &mut Vec<String>) -> Option<&'a ObjectSchema> {
    let found = org.forms.get(object).map(|form| &form.schema);
    if found.is_none() {
        missing.push(object.to_owned());
    }
    found
}
