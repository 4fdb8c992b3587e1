//! The list of hits: what the cache knows at once, then what the org answers, in one
//! list that never moves the record under the cursor.

use crate::app::command::Command;
use crate::app::list::ListCursor;
use crate::domain::id::RecordId;
use crate::job::Hit;

/// Hits with a cursor.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    rows: Vec<Hit>,
    /// The chosen hit; its window is the view's.
    pub cursor: ListCursor,
    answered: Answered,
}

/// Who has answered the text as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Answered {
    /// Nobody: the rows belong to the text before.
    #[default]
    Nobody,
    Cache,
    Org,
}

impl Hits {
    /// Best first.
    pub fn rows(&self) -> &[Hit] {
        &self.rows
    }

    /// The hit under the cursor.
    pub fn selected(&self) -> Option<&Hit> {
        self.rows.get(self.cursor.selected())
    }

    /// The rows answer the text as it stands now.
    pub fn are_current(&self) -> bool {
        self.answered != Answered::Nobody
    }

    /// The org has answered the text as it stands now.
    pub fn are_the_orgs(&self) -> bool {
        self.answered == Answered::Org
    }

    /// Moves as the command says; false when it is not a movement.
    pub fn moved(&mut self, command: Command) -> bool {
        self.cursor.moved(command, self.rows.len())
    }

    /// The text has changed: the next answer replaces the rows.
    pub fn expect(&mut self) {
        self.answered = Answered::Nobody;
    }

    /// Takes what the cache knows.
    pub fn recalled(&mut self, mut hits: Vec<Hit>) {
        hits.iter_mut().for_each(|hit| hit.cached = true);
        if self.answered == Answered::Nobody {
            self.start_with(hits);
            self.answered = Answered::Cache;
        } else {
            let news = self.unknown(hits);
            self.rows.extend(news);
        }
    }

    /// Takes what the org answered. Its order counts; the record under the cursor stays
    /// on its row.
    pub fn found(&mut self, mut hits: Vec<Hit>) {
        hits.iter_mut().for_each(|hit| hit.cached = false);
        if self.answered == Answered::Nobody {
            self.start_with(hits);
        } else {
            self.merge(hits);
        }
        self.answered = Answered::Org;
    }

    /// One row that needs no answer.
    pub fn only(&mut self, hit: Hit) {
        self.start_with(vec![hit]);
        self.answered = Answered::Org;
    }

    /// Takes a record that is no more out of the list.
    pub fn remove(&mut self, id: RecordId) {
        let selected = self.cursor.selected();
        let above = self.rows.iter().take(selected);
        let gone = above.filter(|hit| hit.link.id == id).count();
        self.rows.retain(|hit| hit.link.id != id);
        self.cursor.select(selected - gone, self.rows.len());
    }

    /// Puts a record first, as the one seen last; the cursor stays on its record.
    pub fn lead_with(&mut self, hit: Hit) {
        let chosen = self.selected().map(|hit| hit.link.id);
        self.rows.retain(|known| known.link.id != hit.link.id);
        self.rows.insert(0, hit);
        let row = self.rows.iter().position(|it| Some(it.link.id) == chosen);
        self.cursor.select(row.unwrap_or_default(), self.rows.len());
    }

    fn start_with(&mut self, hits: Vec<Hit>) {
        self.rows.clear();
        self.rows = self.unknown(hits);
        self.cursor.select(0, self.rows.len());
    }

    fn merge(&mut self, hits: Vec<Hit>) {
        let row = self.cursor.selected();
        let anchor = self.selected().map(|hit| hit.link.id);
        let old = std::mem::take(&mut self.rows);
        self.start_with(hits);
        let left = self.unknown(old);
        self.rows.extend(left);
        let place = self.rows.iter().position(|it| Some(it.link.id) == anchor);
        if let Some(place) = place {
            let hit = self.rows.remove(place);
            self.rows.insert(row.min(self.rows.len()), hit);
        }
        self.cursor.select(row, self.rows.len());
    }

    /// Those that are not in the list, each once.
    fn unknown(&self, hits: Vec<Hit>) -> Vec<Hit> {
        let mut seen: Vec<RecordId> = self.rows.iter().map(|hit| hit.link.id).collect();
        hits.into_iter()
            .filter(|hit| {
                let is_new = !seen.contains(&hit.link.id);
                seen.push(hit.link.id);
                is_new
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::page::hit;

    fn names(hits: &Hits) -> String {
        let mark = |hit: &Hit| if hit.cached { "c" } else { "" };
        let rows = hits.rows().iter();
        rows.map(|hit| format!("{}{}", hit.link.name, mark(hit)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn hits(list: &str) -> Vec<Hit> {
        list.split_whitespace().map(hit).collect()
    }

    #[test]
    fn the_orgs_answer_never_moves_the_row_under_the_cursor() {
        // (cached, moves down, the org's answer, expected rows)
        let cases = [
            ("A B C", 0, "X A D", "A X D Bc Cc"),
            ("A B C", 1, "X A D", "X Bc A D Cc"),
            ("A B C", 2, "C X", "X Ac C Bc"),
            ("A", 0, "X Y A", "A X Y"),
            ("A B", 1, "", "Ac Bc"),
            ("", 0, "X Y", "X Y"),
        ];
        for (cached, moves, answer, expected) in cases {
            let mut list = Hits::default();
            list.recalled(hits(cached));
            for _ in 0..moves {
                list.moved(Command::Down);
            }
            let place = |list: &Hits| (list.cursor.selected(), list.selected().cloned());
            let (row, chosen) = place(&list);
            list.found(hits(answer));
            assert_eq!(names(&list), expected, "{cached} + {answer} at {moves}");
            if let Some(chosen) = chosen {
                let (after, still) = place(&list);
                assert_eq!((after, still.map(|it| it.link)), (row, Some(chosen.link)));
            }
        }
    }

    #[test]
    fn a_cache_that_answers_late_replaces_nothing() {
        let mut list = Hits::default();
        list.found(hits("A B"));
        list.recalled(hits("B C"));
        assert_eq!(names(&list), "A B Cc");
    }

    #[test]
    fn rows_of_the_text_before_are_replaced_and_not_merged() {
        let mut list = Hits::default();
        list.found(hits("A B"));
        list.moved(Command::Down);
        list.expect();
        assert!(!list.are_current());
        list.recalled(hits("C"));
        assert_eq!((names(&list).as_str(), list.cursor.selected()), ("Cc", 0));
    }

    #[test]
    fn a_deleted_record_leaves_and_the_cursor_stays_in_the_list() {
        let mut list = Hits::default();
        list.found(hits("A B C"));
        list.moved(Command::Bottom);
        list.remove(hit("A").link.id);
        assert_eq!(list.selected().map(|it| it.link.name.as_str()), Some("C"));
        list.remove(hit("C").link.id);
        assert_eq!(list.selected().map(|it| it.link.name.as_str()), Some("B"));
    }

    #[test]
    fn a_record_just_seen_leads_the_list_once() {
        let mut list = Hits::default();
        list.recalled(hits("A B C"));
        list.lead_with(hit("C"));
        assert_eq!(names(&list), "C Ac Bc");
        assert_eq!(list.selected().map(|it| it.link.name.as_str()), Some("A"));
    }
}
