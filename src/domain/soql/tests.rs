use proptest::prelude::*;

use super::*;

#[test]
fn a_query_has_its_parts_in_order() {
    let tasks = select("Tasks", &["Id", "Subject"]).limit(5);
    let query = select("Contact", &["Id", "Name", "Account.Name", "id"])
        .child(tasks)
        .where_eq("LastName", "O'Neil")
        .where_in("Id", &["003000000000001AAA", "003000000000002AAA"])
        .where_contains("Name", "50%_\\")
        .where_flag("DoNotCall", false)
        .order("LastModifiedDate", Order::Desc)
        .order("Name", Order::Asc)
        .limit(20)
        .build();
    assert_eq!(
        query.as_deref(),
        Ok(concat!(
            "SELECT Id,Name,Account.Name,(SELECT Id,Subject FROM Tasks LIMIT 5) FROM Contact",
            " WHERE LastName = 'O\\'Neil'",
            " AND Id IN ('003000000000001AAA','003000000000002AAA')",
            " AND Name LIKE '%50\\%\\_\\\\%'",
            " AND DoNotCall = false",
            " ORDER BY LastModifiedDate DESC NULLS LAST, Name ASC NULLS LAST LIMIT 20"
        ))
    );
}

#[test]
fn a_name_that_is_none_builds_nothing_wherever_it_stands() {
    let bad = [
        "",
        "Na me",
        "Name)",
        "1Name",
        "Name--",
        "A.",
        ".A",
        "A..B",
        "Nämе",
        "a.b.c.d.e.f.g",
    ];
    for name in bad {
        let tries = [
            select("Contact", &[name]).build(),
            select("Contact", &["Id"]).where_eq(name, "x").build(),
            select("Contact", &["Id"]).where_in(name, &["x"]).build(),
            select("Contact", &["Id"]).where_in(name, &[]).build(),
            select("Contact", &["Id"]).where_contains(name, "x").build(),
            select("Contact", &["Id"]).order(name, Order::Asc).build(),
            select("Contact", &["Id"]).where_flag(name, true).build(),
            select("Contact", &["Id"])
                .child(select("Tasks", &[name]))
                .build(),
        ];
        for built in tries {
            assert_eq!(built, Err(BadName(name.to_owned())));
        }
        assert!(select(name, &["Id"]).build().is_err());
    }
}

#[test]
fn in_nothing_means_no_row_not_every_row() {
    let query = select("Contact", &["Id"]).where_in("OwnerId", &[]).build();
    assert_eq!(
        query.as_deref(),
        Ok("SELECT Id FROM Contact WHERE Id = null")
    );
}

/// Reads one quoted string by SOQL's rules; `None` unless it is the whole text.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => return None,
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                same @ ('\'' | '\\' | '%' | '_') => same,
                _ => return None,
            }),
            _ => out.push(c),
        }
    }
    Some(out)
}

proptest! {
    #[test]
    fn no_text_leaves_its_quotes(text in "[\\PC'\\\\\n\r\t%_]{0,40}") {
        prop_assert_eq!(unquoted(&literal(&text)), Some(text.clone()));
        prop_assert_eq!(unquoted(&format!("'{}'", like(&text))), Some(text));
    }
}
