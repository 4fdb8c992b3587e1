//! Saved blocks: a block in a TOML file, to be kept and versioned beside its data. Faults
//! are told by line and column.

use std::path::Path;

use crate::domain::block::{Block, Operation};
use crate::domain::failure::Failure;

/// Reads a saved block.
///
/// # Errors
/// What is wrong, with the file's line and column.
pub fn load(path: &Path) -> Result<Block, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::input(&format!("cannot read `{}`: {error}", path.display())))?;
    parse(&text).map_err(|why| Failure::input(&format!("{}:{why}", path.display())))
}

/// Reads a saved block's text.
///
/// # Errors
/// `LINE:COLUMN: what is wrong`.
pub fn parse(text: &str) -> Result<Block, String> {
    let block: Block = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        format!("{line}:{column}: {}", error.message())
    })?;
    if block.operation == Operation::Insert && block.key.is_some() {
        return Err("1:1: an insert matches no records, so it takes no `key`".to_owned());
    }
    Ok(block)
}

/// A block as the text of a file.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn text(block: &Block) -> Result<String, Failure> {
    toml::to_string(block)
        .map_err(|error| Failure::local(&format!("cannot save the block: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::block::{Blank, DateOrder, Repeated, Target, Way};

    const LEADS: &str = r#"
name = "Leads of November"
object = "Contact"
key = "SFW_Key__c"
blank = "clear"
repeated = "last"
invalid = "leads.invalid.csv"
errors = "leads-nov"

[read]
delimiter = ";"
dates = "day-month"
zone = "Europe/London"

[send]
way = "bulk"
stop_after = 5

[columns]
key = "SFW_Key__c"
first = "FirstName"
LastName = true
acct_code = "Account.Code__c"
notes = false
"#;

    #[test]
    fn a_saved_block_reads_and_writes_back_the_same() {
        let block = parse(LEADS).unwrap();
        assert_eq!(block.operation, Operation::Upsert);
        assert_eq!(
            (block.blank, block.repeated),
            (Blank::Clear, Repeated::Last)
        );
        assert_eq!(block.read.dates, Some(DateOrder::DayMonth));
        assert_eq!((block.send.way, block.send.batch_size), (Way::Bulk, 200));
        assert_eq!(block.columns["notes"], Target::Written(false));
        assert_eq!(
            block.columns["acct_code"],
            Target::Field("Account.Code__c".to_owned())
        );
        assert_eq!(parse(&text(&block).unwrap()), Ok(block));
    }

    #[test]
    fn faults_are_told_by_line_and_column() {
        for (text, want) in [
            (
                "object = \"Contact\"\nblnk = \"clear\"\n",
                "2:1: unknown field `blnk`",
            ),
            (
                "object = \"Contact\"\nblank = \"wipe\"\n",
                "2:9: unknown variant `wipe`",
            ),
            (
                "object = \"Contact\"\n[send]\nbatch_size = \"x\"\n",
                "3:14: invalid type",
            ),
            ("name = \"x\"\n", "1:1: missing field `object`"),
            ("object = \n", "1:"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.starts_with(want), "{told}");
        }
    }
}
