//! Names of sheets: what a spreadsheet allows, and each once.

use std::collections::BTreeSet;

/// The longest name of a sheet.
const MAX_LETTERS: usize = 31;

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name for a sheet of this title.
    pub(super) fn of(&mut self, title: &str) -> String {
        let is_forbidden = |letter: char| letter.is_control() || "[]:*?/\\'".contains(letter);
        let plain: String =
            title.chars().map(|letter| if is_forbidden(letter) { ' ' } else { letter }).collect();
        let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let stem = if words.is_empty() { "Sheet".to_owned() } else { words };
        let numbered = (1_u32..).map(|number| {
            let ending = if number == 1 { String::new() } else { format!(" {number}") };
            let room = MAX_LETTERS - ending.len();
            format!("{}{ending}", stem.chars().take(room).collect::<String>().trim_end())
        });
        // Spreadsheets compare names without regard to case; `History` is a name of their own.
        let is_free =
            |name: &String| !self.0.contains(&name.to_lowercase()) && name.to_lowercase() != "history";
        let name = numbered.into_iter().find(is_free).unwrap_or_default();
        self.0.insert(name.to_lowercase());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn every_sheet_has_a_name_that_is_allowed_and_its_own() {
        let mut names = Names::default();
        let long = "By team, project, client, agent and model";
        assert_eq!(names.of("By team"), "By team");
        assert_eq!(names.of("by [team]"), "by team 2");
        assert_eq!(names.of(long), "By team, project, client, agent");
        assert_eq!(names.of(long), "By team, project, client, age 2");
        assert_eq!([names.of("a/b:c"), names.of("?"), names.of("History")], ["a b c", "Sheet", "History 2"]);
    }
}
