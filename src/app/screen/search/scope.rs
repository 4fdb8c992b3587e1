//! Which objects are searched: the usual ones, one of them alone, or all that the org
//! can search.

use crate::app::org::Org;

/// Objects a rep looks for most, where the org has them.
const USUAL: [&str; 5] = ["Account", "Contact", "Lead", "Opportunity", "Case"];
/// Most objects one search names.
const MOST: usize = 20;

/// The choice, as a place in the round of choices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    place: usize,
}

impl Scope {
    /// API names of the objects to search in.
    pub fn objects(self, org: &Org) -> Vec<String> {
        choices(org).into_iter().nth(self.place).unwrap_or_default()
    }

    /// Goes on to the next choice, round and round.
    pub fn turn(&mut self, org: &Org) {
        self.place = (self.place + 1) % choices(org).len();
    }

    /// What the screen says: `Account, Contact +3`.
    pub fn label(self, org: &Org) -> String {
        let objects = self.objects(org);
        let label = |name: &String| {
            org.object(name)
                .map_or(name.clone(), |object| object.label.clone())
        };
        match objects.as_slice() {
            [] => "every object".to_owned(),
            [one] => label(one),
            [one, two] => format!("{}, {}", label(one), label(two)),
            [one, two, rest @ ..] => format!("{}, {} +{}", label(one), label(two), rest.len()),
        }
    }
}

/// The usual ones together, each of them alone, then all that can be searched. Before
/// the org has told its objects the usual ones are taken as they are.
fn choices(org: &Org) -> Vec<Vec<String>> {
    let can_search = |name: &str| org.object(name).is_some_and(|object| object.searchable);
    let usual: Vec<String> = USUAL
        .iter()
        .filter(|name| org.objects.is_empty() || can_search(name))
        .map(|name| (*name).to_owned())
        .collect();
    let others = org
        .objects
        .iter()
        .filter(|it| it.searchable && it.layoutable && !usual.contains(&it.api_name))
        .map(|it| it.api_name.clone());
    let all: Vec<String> = usual.iter().cloned().chain(others).take(MOST).collect();
    let alone = usual.iter().map(|name| vec![name.clone()]);
    let mut choices = vec![usual.clone()];
    choices.extend(alone);
    if all.len() > usual.len() {
        choices.push(all);
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::page::org;

    #[test]
    fn the_round_of_choices_comes_back_to_the_usual_ones() {
        let org = org();
        let mut scope = Scope::default();
        let mut seen = Vec::new();
        loop {
            seen.push(scope.label(&org));
            scope.turn(&org);
            if scope == Scope::default() {
                break;
            }
        }
        let expected = [
            "Account, Contact +1",
            "Account",
            "Contact",
            "Opportunity",
            "Account, Contact +2",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_usual_objects_are_searched_before_the_org_has_told_its_own() {
        assert_eq!(Scope::default().objects(&Org::default()), USUAL);
    }

    #[test]
    fn an_object_the_org_cannot_search_is_never_asked_for() {
        let org = org();
        let mut scope = Scope::default();
        for _ in 0..5 {
            assert!(!scope.objects(&org).iter().any(|name| name == "Task"));
            scope.turn(&org);
        }
    }
}
